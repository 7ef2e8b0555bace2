//===- TableTest.cpp - One rule of the table at a time --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "swage/cpu_kernel.h"
#include <functional>
#include <sys/syscall.h>
#include <unistd.h>

using namespace toy;

namespace {

/// Breaks one rule of a sound model and expects one message.
struct Case {
  const char *name;
  std::function<void(Model &)> damage;
  const char *message;
};

class Table : public Runtime, public testing::WithParamInterface<Case> {};

/// Where a variant's messages come from.
#define VARIANT "program 0, entry point 'forward', variant 0, "

std::unique_ptr<ExpressionT> nodes(std::vector<ExpressionNode> list) {
  auto expression = std::make_unique<ExpressionT>();
  expression->nodes = std::move(list);
  return expression;
}

constexpr auto kAdd = ExpressionKind::Add;
constexpr auto kConstant = ExpressionKind::Constant;

const Case kCases[] = {
    {"NoVocabulary", [](Model &m) { m.table.vocab_size = 0; },
     "have 0 vocabulary entries and 64 positions, require 1 to 2^30 of each"},
    {"HugePages", [](Model &m) { m.table.page_positions = ~0u; },
     "have cache pages of 4294967295 positions, require at most 2^30"},
    {"SectionSegment", [](Model &m) { m.table.sections[0]->segment = 3; },
     "section 'tokenizer': have segment 3, require less than 3"},
    {"LengthsOrder",
     [](Model &m) { m.program().position_lengths = {16, 16, 64}; },
     "program 0, position length 1: have 16, require ascending lengths"},
    {"LengthsEnd", [](Model &m) { m.program().position_lengths = {16, 63}; },
     "program 0, have position lengths up to 63, require up to 64, the "
     "model's positions"},
    {"LengthsSpan", [](Model &m) { m.program().position_lengths = {16, 64}; },
     "program 0, have 2 classes of 0 positions, require 64 or more in each "
     "and less than 2^31 in all"},
    {"WeightSegment", [](Model &m) { m.program().weights[0]->segment = 9; },
     "program 0, weight 0: have segment 9, require less than 3"},
    {"WeightAlignment", [](Model &m) { m.program().weights[0]->offset = 64; },
     "program 0, weight 0: have offset 64, require a multiple of 256"},
    {"WeightSize", [](Model &m) { m.program().weights[0]->size = 3201; },
     "program 0, weight 0: have 3201 bytes at offset 0, require them in a "
     "segment of 3200 bytes"},
    {"WeightOffset",
     [](Model &m) { m.program().weights[0]->offset = uint64_t(-256); },
     "program 0, weight 0: have 3200 bytes at offset 18446744073709551360, "
     "require them in a segment of 3200 bytes"},
    {"ExecutableSegment",
     [](Model &m) { m.program().executables[0]->segment = 5; },
     "program 0, executable 0: have segment 5, require less than 3"},
    {"Addresses",
     [](Model &m) { m.program().executables[0]->addresses.pop_back(); },
     "program 0, executable 0: have 3 addresses, require one for each of 4 "
     "kernels"},
    {"NoVariants",
     [](Model &m) { m.program().entry_points[0]->variants.clear(); },
     "program 0, entry point 'forward': have no variants, require one"},
    {"RowRange", [](Model &m) { m.variant().min_rows = 2; },
     VARIANT "have row counts 2 to 1, require a range from 1 on"},
    {"BufferWeight", [](Model &m) { m.buffer(1).weight = 1; },
     VARIANT "buffer 1: have weight 1, require less than 1"},
    {"ArenaLife", [](Model &m) { m.buffer(2).last_command = 8; },
     VARIANT "buffer 2: have a life from command 0 to 8, require an ascending "
             "range below 8"},
    {"PageBytes", [](Model &m) { m.buffer(4).page_bytes = 100; },
     VARIANT "buffer 4: have pages of 100 bytes, require a positive multiple "
             "of 64 up to 2^40"},
    {"PagePositions", [](Model &m) { m.table.page_positions = 0; },
     VARIANT "buffer 4: have pages of 0 positions, require at least 1"},
    {"BufferKind", [](Model &m) { m.buffer(2).kind = BufferKind(7); },
     VARIANT "buffer 2: have kind 7, require at most 4"},
    {"ResultRole", [](Model &m) { m.buffer(8).role = Role::Tokens; },
     VARIANT "buffer 8: have role 1 of a result, require logits, hidden, "
             "pooled or class logits"},
    {"TokenTypes", [](Model &m) { m.buffer(7).role = Role::TokenTypes; },
     VARIANT "buffer 7: have token types, require an artifact that has some"},
    {"ArgumentRole", [](Model &m) { m.buffer(0).role = Role::None; },
     VARIANT "buffer 0: have role 0 of an argument, require tokens, batch, "
             "logit rows or token types"},
    {"WeightRole", [](Model &m) { m.buffer(1).role = Role::Logits; },
     VARIANT "buffer 1: have role 4 of a buffer of kind 0, require roles of "
             "arguments and results only"},
    {"ArenaRole", [](Model &m) { m.buffer(2).role = Role::Logits; },
     VARIANT "buffer 2: have role 4 of a buffer of kind 1, require roles of "
             "arguments and results only"},
    {"StateRole", [](Model &m) { m.buffer(4).role = Role::Tokens; },
     VARIANT "buffer 4: have role 1 of a buffer of kind 2, require roles of "
             "arguments and results only"},
    {"RoleTwice", [](Model &m) { m.buffer(7).role = Role::Tokens; },
     VARIANT "buffer 7: have the role of buffer 0, require another"},
    {"Columns", [](Model &m) { m.buffer(8).columns = 17; },
     VARIANT "buffer 8: have 17 columns in rows of 16, require at least 1 in "
             "a multiple of 16 up to 2^32"},
    {"ObservedState", [](Model &m) { m.buffer(4).rows = Ex(1); },
     VARIANT "buffer 4: have rows in weights or state, require none"},
    {"ObservedColumns", [](Model &m) { m.buffer(2).rows = Ex(1); },
     VARIANT "buffer 2: have 0 columns in rows of 0, require at least 1 in at "
             "most 2^32"},
    {"NoSize", [](Model &m) { m.buffer(2).size = nullptr; },
     VARIANT "buffer 2: have no size, require an expression"},
    {"MoreState",
     [](Model &m) {
       m.variant(1).buffers[6]->kind = BufferKind::State;
       m.variant(1).buffers[6]->page_bytes = 64;
     },
     "program 0, entry point 'forward', variant 1, have more state buffers "
     "than variant 0, require as many"},
    {"OtherState", [](Model &m) { m.variant(1).buffers[4]->page_bytes = 512; },
     "program 0, entry point 'forward', variant 1, state buffer 0: have pages "
     "of 512 bytes, require 256 as in variant 0"},
    {"Kernel", [](Model &m) { m.dispatch(2).kernel = 4; },
     VARIANT "command 2: have kernel 4, require less than 4"},
    {"Bindings",
     [](Model &m) { m.dispatch(0).bindings.resize(9, Binding(0, 0, 0)); },
     VARIANT "command 0: have 9 bindings and 0 scalars, require at most 8 and "
             "8"},
    {"BindingBuffer",
     [](Model &m) { m.dispatch(0).bindings[1] = Binding(9, 0, 0); },
     VARIANT "command 0, binding 1: have buffer 9, require less than 9"},
    {"BindingAlignment",
     [](Model &m) { m.dispatch(0).bindings[1] = Binding(1, 0, 32); },
     VARIANT "command 0, binding 1: have offset 32, require a multiple of 64 "
             "up to 2^46"},
    {"BindingOffset",
     [](Model &m) { m.dispatch(0).bindings[1] = Binding(1, 0, 3264); },
     VARIANT "command 0, binding 1: have offset 3264, require at most 3200, "
             "the weight's size"},
    {"WritesWeight",
     [](Model &m) { m.dispatch(0).bindings[1] = Binding(1, 1, 0); },
     VARIANT "command 0, binding 1: have a write to a weight, require a read"},
    {"WritesArgument",
     [](Model &m) { m.dispatch(0).bindings[0] = Binding(0, 1, 0); },
     VARIANT
     "command 0, binding 0: have a write to an argument, require a read"},
    {"BindingLife",
     [](Model &m) { m.dispatch(0).bindings[2] = Binding(6, 1, 0); },
     VARIANT "command 0, binding 2: have buffer 6 that lives from command 4 "
             "to 6, require a life around the command"},
    {"EmptyExpression", [](Model &m) { m.dispatch(0).grid = nodes({}); },
     VARIANT "command 0: have a grid expression with no value, require a "
             "sound one"},
    {"MissingOperand",
     [](Model &m) { m.dispatch(0).grid = nodes({{1, kConstant}, {0, kAdd}}); },
     VARIANT "command 0: have a grid expression with an operator without two "
             "operands, require a sound one"},
    {"LeftOver",
     [](Model &m) {
       m.dispatch(4).scalars[1] = nodes({{1, kConstant}, {2, kConstant}});
     },
     VARIANT "command 4: have a scalar expression with more than one value, "
             "require a sound one"},
    {"UnknownSymbol",
     [](Model &m) { m.buffer(2).size = nodes({{5, ExpressionKind::Symbol}}); },
     VARIANT "buffer 2: have a size expression with an unknown symbol, "
             "require a sound one"},
    {"UnknownOperator",
     [](Model &m) { m.buffer(2).size = nodes({{5, ExpressionKind(8)}}); },
     VARIANT "buffer 2: have a size expression with an unknown operator, "
             "require a sound one"},
    {"DeepExpression",
     [](Model &m) {
       m.dispatch(0).bytes =
           nodes(std::vector<ExpressionNode>(17, {1, kConstant}));
     },
     VARIANT "command 0: have a bytes expression with more than 16 pending "
             "values, require a sound one"},
    {"OtherDevice", [](Model &m) { m.program().device = "cuda"; },
     "have code for 1 kinds of device, the first is cuda, require 'cpu'"},
    {"NoPrograms", [](Model &m) { m.table.programs.clear(); },
     "have code for 0 kinds of device, require 'cpu'"},
    {"NoExecutables", [](Model &m) { m.program().executables.clear(); },
     "have no executable for the cpu, require one"},
    {"AbiVersion",
     [](Model &m) { m.program().executables[0]->abi_version = 7; },
     "'cpu:host': have kernel ABI version 7, require 2; update the runtime"},
    {"AddressOutside",
     [](Model &m) { m.program().executables[0]->addresses[2] = 1u << 30; },
     "kernel 2 'toy_sum' of 'cpu:host': have address 1073741824, require one "
     "in the code"},
    {"AddressInData",
     [](Model &m) { m.program().executables[0]->addresses[1] = 0; },
     "kernel 1 'toy_add' of 'cpu:host': have address 0, require one in the "
     "code"},
};

} // namespace

TEST_P(Table, IsRefused) {
  Model model;
  GetParam().damage(model);
  EXPECT_EQ(loadMessage(model), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Rules, Table, testing::ValuesIn(kCases),
                         [](const auto &info) { return info.param.name; });

class Segments : public Runtime {};

TEST_F(Segments, AreChecked) {
  Model model;
  model.write();
  SegmentT &segment = *model.table.segments[1];
  segment.offset = 1000;
  EXPECT_EQ(loadMessage(model.writeAsIs()),
            "segment 1: have offset 1000, require a multiple of 65536");
  segment.offset = 0;
  EXPECT_EQ(loadMessage(model.writeAsIs()).substr(0, 44),
            "segment 1: have bytes 0 to 0 + 3200, require");
  segment.offset = uint64_t(1) << 40;
  EXPECT_EQ(status.code, SWAGE_DATA_LOSS);
  EXPECT_NE(loadMessage(model.writeAsIs()), "");
  segment.offset = 2 * 65536;
  segment.size = ~uint64_t(0);
  EXPECT_NE(loadMessage(model.writeAsIs()), "");
}

TEST_F(Segments, CodeAndSectionsAreChecksummed) {
  Model model;
  model.write();
  model.table.segments[0]->checksum ^= 1;
  EXPECT_EQ(loadMessage(model.writeAsIs()).substr(0, 36),
            "segment 0: have bytes with checksum ");
}

class Executables : public Runtime {};

TEST_F(Executables, FirstThatFitsIsTaken) {
  Model model;
  auto better = std::make_unique<ExecutableT>(*model.program().executables[0]);
  better->target = "cpu:better";
  better->features = {"no-such-feature"};
  auto &list = model.program().executables;
  list.insert(list.begin(), std::move(better));
  openDevice();
  load(model);
  EXPECT_STREQ(swage_module_info(module)->target, "cpu:host");
}

TEST_F(Executables, WhatEachLacksIsNamed) {
  Model model;
  auto &list = model.program().executables;
  list[0]->features = {"no-such-feature"};
  auto better = std::make_unique<ExecutableT>(*list[0]);
  better->target = "cpu:better";
  better->features = {"a-rarer-feature"};
  list.insert(list.begin(), std::move(better));
  std::string message = loadMessage(model);
  EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
  EXPECT_NE(message.find(" without a-rarer-feature, require it for "
                         "'cpu:better', without no-such-feature, require it "
                         "for 'cpu:host'; compile for"),
            std::string::npos)
      << message;
}

TEST_F(Executables, MissingFeatureIsNamed) {
  Model model;
  model.program().executables[0]->features = {"no-such-feature"};
  std::string message = loadMessage(model);
  EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
  EXPECT_NE(message.find("without no-such-feature, require it for 'cpu:host'"),
            std::string::npos)
      << message;
}

#if defined(__x86_64__)
/// The system permits tile registers to a whole process, for good. So that is
/// not asked for an executable that cannot be used for another reason.
TEST_F(Executables, PermissionsAreAskedForLast) {
  auto permitted = [] {
    constexpr long kGetPermission = 0x1022;
    unsigned long states = 0;
    syscall(SYS_arch_prctl, kGetPermission, &states);
    return states;
  };
  unsigned long before = permitted();
  Model model;
  ExecutableT &executable = *model.program().executables[0];
  executable.features = {"amx-tile", "no-such-feature"};
  EXPECT_NE(loadMessage(model), "");
  executable.features = {"amx-tile"};
  executable.abi_version = 7;
  EXPECT_NE(loadMessage(model), "");
  EXPECT_EQ(permitted(), before);
}
#endif
