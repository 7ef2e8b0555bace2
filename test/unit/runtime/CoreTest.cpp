//===- CoreTest.cpp - The runtime's building blocks alone -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/ArenaPlanner.h"
#include "runtime/core/Expression.h"
#include "runtime/core/PagePool.h"
#include "runtime/core/Status.h"
#include "runtime/schema/header.h"
#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace swage::runtime;
using namespace swage::schema;

static const Host kHost(defaultAllocator(), {}, 0);

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u);
  EXPECT_EQ(crc32c("", 0), 0u);
  uint8_t zeros[32] = {};
  EXPECT_EQ(crc32c(zeros, 32), 0x8a9136aau);
  // In parts of any size.
  const char text[] = "the quick brown fox jumps over the lazy dog";
  uint32_t whole = crc32c(text, sizeof(text));
  for (size_t cut = 0; cut <= sizeof(text); ++cut)
    EXPECT_EQ(crc32c(text + cut, sizeof(text) - cut, crc32c(text, cut)), whole);
}

TEST(Status, EndsWithAWholeCharacter) {
  // Cuts that fall before, into and behind a character of each length.
  for (const char *character : {"\u00e9", "\u20ac", "\U0001f600"})
    for (size_t before = 236; before <= 244; ++before) {
      swage_status_t status;
      fail(&status, SWAGE_IO, "%s%sxxxxxxxx", std::string(before, 'a').c_str(),
           character);
      std::string message = status.message;
      size_t end = before + strlen(character);
      size_t room = sizeof(status.message) - 1;
      EXPECT_EQ(message.size(), before < room && room < end ? before : room)
          << character << before;
    }
}

TEST(Status, ShowsBothEndsOfALongName) {
  using swage::Shown;
  std::string longest(139, 'a');
  EXPECT_EQ(Shown(longest.c_str()).c_str(), longest);
  EXPECT_STREQ(Shown("").c_str(), "");
  std::string longer = std::string(500, 'a') + std::string(500, 'z');
  EXPECT_EQ(Shown(longer.c_str()).c_str(),
            std::string(68, 'a') + "..." + std::string(68, 'z'));
  // No half of a character on either side, wherever the cuts fall.
  for (size_t shift = 0; shift < 3; ++shift) {
    std::string name(shift, 'x');
    for (int i = 0; i < 100; ++i)
      name += "\u20ac";
    name += std::string(shift, 'y');
    std::string shown = Shown(name.c_str()).c_str();
    size_t dots = shown.find("...");
    ASSERT_NE(dots, std::string::npos);
    EXPECT_EQ((dots - shift) % 3, 0u) << shown;
    EXPECT_EQ((shown.size() - dots - 3 - shift) % 3, 0u) << shown;
    EXPECT_GE(shown.size(), 135u);
  }
}

TEST(FileHeader, RoundTrip) {
  Header header;
  header.fileSize = 0x1122334455667788;
  header.tableSize = 77;
  header.tableChecksum = 0xdeadbeef;
  uint8_t bytes[kHeaderSize];
  writeHeader(header, bytes);
  EXPECT_TRUE(hasMagic(bytes));
  EXPECT_EQ(bytes[16], 0x88);
  EXPECT_EQ(bytes[23], 0x11);
  Header read = readHeader(bytes);
  EXPECT_EQ(read.fileSize, header.fileSize);
  EXPECT_EQ(read.tableOffset, 64u);
  EXPECT_EQ(read.tableSize, 77u);
  EXPECT_EQ(read.tableChecksum, 0xdeadbeefu);
  EXPECT_EQ(read.headerChecksum, crc32c(bytes, 60));
  EXPECT_TRUE(std::all_of(bytes + 44, bytes + 60,
                          [](uint8_t byte) { return byte == 0; }));
}

/// The value of an expression in postfix order.
static std::pair<bool, int64_t> value(std::vector<ExpressionNode> nodes,
                                      Symbols symbols = {}) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(
      CreateExpression(builder, builder.CreateVectorOfStructs(nodes)));
  const auto *expression =
      flatbuffers::GetRoot<Expression>(builder.GetBufferPointer());
  EXPECT_EQ(checkExpression(*expression), nullptr);
  int64_t result = 0;
  bool fine = evaluate(*expression, symbols, result);
  return {fine, result};
}

static ExpressionNode number(int64_t n) {
  return {n, ExpressionKind::Constant};
}

static std::pair<bool, int64_t> apply(int64_t a, int64_t b,
                                      ExpressionKind kind) {
  return value({number(a), number(b), {0, kind}});
}

TEST(Expressions, Operators) {
  using Result = std::pair<bool, int64_t>;
  EXPECT_EQ(apply(5, 3, ExpressionKind::Add), Result(true, 8));
  EXPECT_EQ(apply(5, 8, ExpressionKind::Subtract), Result(true, -3));
  EXPECT_EQ(apply(5, 3, ExpressionKind::Multiply), Result(true, 15));
  EXPECT_EQ(apply(6, 3, ExpressionKind::CeilDivide), Result(true, 2));
  EXPECT_EQ(apply(7, 3, ExpressionKind::CeilDivide), Result(true, 3));
  EXPECT_EQ(apply(0, 3, ExpressionKind::CeilDivide), Result(true, 0));
  EXPECT_EQ(apply(-7, 3, ExpressionKind::CeilDivide), Result(true, -2));
  EXPECT_EQ(apply(5, 3, ExpressionKind::Minimum), Result(true, 3));
  EXPECT_EQ(apply(5, 3, ExpressionKind::Maximum), Result(true, 5));
}

/// FlatBuffers' verifier lets vectors pass whose elements cannot be read.
TEST(Expressions, AreAligned) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<ExpressionNode> nodes = {number(1)};
  builder.Finish(
      CreateExpression(builder, builder.CreateVectorOfStructs(nodes)));
  std::vector<uint64_t> memory(builder.GetSize() / 8 + 2);
  for (size_t shift : {0, 4}) {
    uint8_t *bytes = reinterpret_cast<uint8_t *>(memory.data()) + shift;
    memcpy(bytes, builder.GetBufferPointer(), builder.GetSize());
    const char *problem =
        checkExpression(*flatbuffers::GetRoot<Expression>(bytes));
    EXPECT_STREQ(problem,
                 shift ? "nodes that are not 8-byte aligned" : nullptr);
  }
}

TEST(Expressions, RefuseToOverflow) {
  EXPECT_FALSE(apply(INT64_MAX, 1, ExpressionKind::Add).first);
  EXPECT_FALSE(apply(INT64_MIN, 1, ExpressionKind::Subtract).first);
  EXPECT_FALSE(apply(INT64_MAX, 2, ExpressionKind::Multiply).first);
  EXPECT_FALSE(apply(1, 0, ExpressionKind::CeilDivide).first);
  EXPECT_FALSE(apply(INT64_MIN, -1, ExpressionKind::CeilDivide).first);
}

TEST(Expressions, Symbols) {
  Symbols symbols;
  symbols[Symbol::Rows] = 100;
  symbols[Symbol::TableStride] = 7;
  // ceildiv(rows, 16) * 16 + stride
  EXPECT_EQ(value({{0, ExpressionKind::Symbol},
                   number(16),
                   {0, ExpressionKind::CeilDivide},
                   number(16),
                   {0, ExpressionKind::Multiply},
                   {4, ExpressionKind::Symbol},
                   {0, ExpressionKind::Add}},
                  symbols)
                .second,
            119);
}

TEST(ArenaPlan, NeverOverlapsAndReuses) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<ArenaItem> items(30);
    uint64_t sum = 0, peak = 0, total = 0;
    for (ArenaItem &item : items) {
      uint32_t first = random() % 40;
      item = {random() % 5000, first, first + uint32_t(random() % 6), 0};
      sum += item.size;
    }
    for (uint32_t now = 0; now < 50; ++now) {
      uint64_t live = 0;
      for (const ArenaItem &item : items)
        if (item.first <= now && now <= item.last)
          live += item.size;
      peak = std::max(peak, live);
    }
    ASSERT_TRUE(planArena(kHost, items.data(), items.size(), total));
    for (const ArenaItem &a : items) {
      EXPECT_EQ(a.offset % kArenaAlignment, 0u);
      EXPECT_LE(a.offset + a.size, total);
      for (const ArenaItem &b : items)
        if (&a != &b && a.first <= b.last && b.first <= a.last) {
          EXPECT_TRUE(a.offset + a.size <= b.offset ||
                      b.offset + b.size <= a.offset || !a.size || !b.size);
        }
    }
    EXPECT_GE(total, peak);
    EXPECT_LT(total, sum);
  }
}

TEST(Pool, CountsHolders) {
  PagePool pool;
  ASSERT_TRUE(pool.allocate(kHost, 3));
  EXPECT_EQ(pool.take(), 0);
  EXPECT_EQ(pool.take(), 1);
  pool.share(1);
  EXPECT_TRUE(pool.isShared(1));
  pool.release(1);
  EXPECT_FALSE(pool.isShared(1));
  EXPECT_EQ(pool.take(), 2);
  EXPECT_EQ(pool.take(), -1);
  pool.release(1);
  EXPECT_EQ(pool.take(), 1);
}
