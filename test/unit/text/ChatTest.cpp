//===- ChatTest.cpp - Chat templates --------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyTable.h"
#include "swage/text.hpp"
#include <ctime>
#include <gtest/gtest.h>

using namespace swage::test;

namespace {

/// The text of one message by a template, or what is wrong with it.
std::string render(const std::string &source,
                   const std::vector<swage_chat_message_t> &messages = {
                       {"user", "hi"}}) {
  TinyTable tiny;
  tiny.chatTemplate = source.c_str();
  AlignedBytes bytes = tiny.build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  if (!tokenizer)
    return "no tokenizer";
  swage_status_t status = {};
  auto text =
      tokenizer->applyChat(messages, SWAGE_CHAT_ADD_GENERATION_PROMPT, &status);
  return text ? *text : status.message;
}

TEST(Chat, Renders) {
  EXPECT_EQ(render("{{ messages[0].content }}"), "hi");
  EXPECT_EQ(render("{% for m in messages %}{{ m.role }}{% endfor %}!"),
            "user!");
  EXPECT_EQ(render(""), "");
  EXPECT_EQ(render("{{ add_generation_prompt }}"), "True");
}

/// As Python prints them, whatever the program's locale.
TEST(Chat, PrintsNumbers) {
  EXPECT_EQ(render("{{ 10.0 }} {{ 1.5 }} {{ 100000.0 }} {{ -0.25 }}"),
            "10.0 1.5 100000.0 -0.25");
  EXPECT_EQ(render("{{ 0.0001 }} {{ 0.00001 }} {{ 1000000000000000.0 }} "
                   "{{ 10000000000000000.0 }}"),
            "0.0001 1e-05 1000000000000000.0 1e+16");
  EXPECT_EQ(render("{{ 0.1 + 0.2 }} {{ 1 / 3 }}"),
            "0.30000000000000004 0.3333333333333333");
}

TEST(Chat, NamesLineAndFault) {
  EXPECT_EQ(render("a\nb {{ 1 + }}"),
            "chat template, line 2: found }}, want an expression");
  EXPECT_EQ(render("\n\n{% if true %}x"),
            "chat template, line 3: found the end, want 'endif'");
  EXPECT_EQ(render("{% include 'x' %}"),
            "chat template, line 1: block 'include' is not supported, known "
            "are for, if, set, macro, break, continue and generation");
  EXPECT_EQ(render("{{ 1 | sort }}"), "chat template, line 1: filter 'sort' is "
                                      "not supported with these values");
  EXPECT_EQ(render("{{ 1 is prime }}"), "chat template, line 1: test 'prime' "
                                        "is not supported with these values");
  EXPECT_EQ(render("{{ now('%d') }}"),
            "chat template, line 1: 'now' is undefined, not a function that is "
            "known here");
  EXPECT_EQ(render("{{ strftime_now(1) }}"),
            "chat template, line 1: strftime_now wants a format of at most 126 "
            "bytes");
  EXPECT_EQ(render("{{ 'a' + 1 }}"), "chat template, line 1: '+' does not work "
                                     "on a string and a number");
  EXPECT_EQ(render("{{ a.b }}"),
            "chat template, line 1: an undefined value has no members");
  EXPECT_EQ(render("{{ 1 // 0 }}"), "chat template, line 1: division by zero");
  EXPECT_EQ(render("{{ 'a }}"), "chat template, line 1: a string has no end");
  EXPECT_EQ(render("{# a"), "chat template, line 1: a comment has no end");
  EXPECT_EQ(render("{{ raise_exception('no ' ~ messages[0].role) }}"),
            "chat template, line 1: no user");
}

TEST(Chat, KnowsTheDate) {
  auto today = [] {
    char text[64];
    time_t now = time(nullptr);
    strftime(text, sizeof(text), "%d %b %Y, 100%%", localtime(&now));
    return std::string(text);
  };
  // Midnight may pass in between.
  std::string before = today();
  std::string text = render("{{ strftime_now('%d %b %Y, 100%%') }}");
  EXPECT_TRUE(text == before || text == today()) << text;
  EXPECT_EQ(render("<{{ strftime_now('') }}>"), "<>");
  EXPECT_EQ(render("{{ strftime_now is defined }}"), "True");
}

TEST(Chat, BoundsWorkMemoryAndDepth) {
  EXPECT_EQ(render("{% for a in range(9999999) %}{% endfor %}"),
            "chat template, line 1: takes more than 2000000 steps");
  EXPECT_EQ(render("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
            "chat template, line 1: macros call each other more than 50 deep");
  EXPECT_EQ(render("{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in "
                   "range(40) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")
                .find("chat template: needs more than"),
            0u);
  std::string deep = std::string(100000, '(') + std::string(100000, ')');
  EXPECT_EQ(render("{{ " + deep + " }}"),
            "chat template, line 1: expressions lie more than 200 deep");
  EXPECT_EQ(render("{{ " + std::string(100000, '-') + "1 }}"),
            "chat template, line 1: expressions lie more than 200 deep");
  std::string blocks;
  for (int i = 0; i < 1000; ++i)
    blocks += "{% if true %}";
  EXPECT_EQ(render(blocks),
            "chat template, line 1: expressions lie more than 200 deep");
  // A list that holds itself is refused where it would be printed.
  EXPECT_EQ(render("{% set n = namespace() %}{% set n.n = n %}{{ n }}"),
            "chat template: a value that is nested more than 64 deep has no "
            "text");
}

TEST(Chat, RefusesWrongCalls) {
  EXPECT_EQ(render("{{ 1 }}", {{"user", nullptr}}),
            "message 0 has a role or content that is null");
  EXPECT_EQ(render("{{ 1 }}", {{"user", "\xFF"}}),
            "message 0 has a role or content that is not UTF-8");
  AlignedBytes bytes = TinyTable().build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  ASSERT_TRUE(tokenizer);
  swage_status_t status = {};
  EXPECT_FALSE(tokenizer->applyChat({}, 0, &status));
  EXPECT_EQ(status.code, SWAGE_NOT_FOUND);
  EXPECT_FALSE(tokenizer->applyChat({}, 8, &status));
  EXPECT_EQ(status.code, SWAGE_INVALID_ARGUMENT);
}

} // namespace
