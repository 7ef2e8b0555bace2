//===- SessionErrorsTest.cpp - Wrong calls change nothing -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include <cstddef>

using namespace toy;

namespace {

class SessionErrors : public Runtime {
protected:
  std::string createMessage(swage_session_options_t options) {
    swage_session_t *made = nullptr;
    swage_session_create(module, &options, &made, &status);
    swage_session_destroy(made);
    return status.message;
  }

  std::string
  createMessage(Model &model,
                swage_session_options_t options = sessionOptions()) {
    close();
    openDevice();
    load(model);
    return createMessage(options);
  }

  /// One row of a sequence, to be spoiled.
  swage_batch_t batch() {
    swage_batch_t result = SWAGE_ZERO;
    result.size = sizeof(result);
    result.tokens = tokens;
    result.row_count = 2;
    result.sequences = &rows;
    result.sequence_count = 1;
    return result;
  }

  std::string forwardMessage(const swage_batch_t &batch) {
    swage_session_forward(session, &batch, nullptr, &status);
    return status.message;
  }

  int32_t tokens[2] = {1, 2};
  swage_sequence_rows_t rows = {0, 2};
};

} // namespace

TEST_F(SessionErrors, DeviceOptions) {
  swage_device_options_t options = swage_device_options_default();
  options.driver = "tpu";
  EXPECT_EQ(swage_device_create(&options, &device, &status), SWAGE_NOT_FOUND);
  EXPECT_STREQ(status.message, "have driver 'tpu', require 'cpu'");
  options.driver = "cpu";
  options.threads = 1u << 20;
  EXPECT_EQ(swage_device_create(&options, &device, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have 1048576 threads, require at most 1024");
  options.size = 0;
  EXPECT_EQ(swage_device_create(&options, &device, &status),
            SWAGE_INVALID_ARGUMENT);
  options = swage_device_options_default();
  options.allocator.free = [](void *, void *, size_t) {};
  EXPECT_EQ(swage_device_create(&options, &device, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have an allocator without allocate, require "
                               "both functions");
}

/// Structures of other versions: a shorter one has the rest's defaults; a
/// longer one may ask for nothing that this version does not know.
TEST_F(SessionErrors, OptionsOfOtherVersions) {
  struct {
    swage_device_options_t known = swage_device_options_default();
    uint32_t later[2] = {0, 0};
  } options;
  auto create = [&] {
    close();
    return swage_device_create(&options.known, &device, &status);
  };
  options.known.threads = 2;
  options.known.memory_limit = 1;
  options.known.size = offsetof(swage_device_options_t, memory_limit);
  ASSERT_EQ(create(), SWAGE_OK) << status.message;
  EXPECT_EQ(swage_device_threads(device), 2u);
  options.known.memory_limit = 0;
  options.known.size = sizeof(options);
  EXPECT_EQ(create(), SWAGE_OK) << status.message;
  options.later[1] = 1;
  EXPECT_EQ(create(), SWAGE_UNSUPPORTED);
  std::string size = std::to_string(sizeof(options.known));
  EXPECT_EQ(status.message,
            "have device options of size " + std::to_string(sizeof(options)) +
                " with a value in byte " +
                std::to_string(sizeof(options.known) + 4) +
                ", require zeros from byte " + size +
                " on, which this version does not know; update Swage");
  for (size_t wrong : {size_t(0), size_t(7), size_t(4097), SIZE_MAX}) {
    options.known.size = wrong;
    EXPECT_EQ(create(), SWAGE_INVALID_ARGUMENT);
    EXPECT_EQ(status.message, "have device options of size " +
                                  std::to_string(wrong) +
                                  ", require the structure's, " + size);
  }
}

TEST_F(SessionErrors, Missing) {
  openDevice();
  EXPECT_EQ(swage_device_create(nullptr, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_EQ(swage_module_load_file(device, nullptr, &module, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_EQ(swage_module_load_file(nullptr, "x", &module, nullptr),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_EQ(swage_session_create(nullptr, nullptr, &session, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have no module");
  EXPECT_EQ(swage_session_forward(nullptr, nullptr, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
}

/// Every function that takes a device or a module refuses none.
TEST_F(SessionErrors, NoDeviceOrModule) {
  EXPECT_EQ(swage_device_memory(nullptr), 0u);
  EXPECT_EQ(swage_device_driver(nullptr), nullptr);
  EXPECT_EQ(swage_device_name(nullptr), nullptr);
  EXPECT_EQ(swage_device_threads(nullptr), 0u);
  EXPECT_EQ(swage_device_feature(nullptr, 0), nullptr);
  swage_device_destroy(nullptr);

  auto refuses = [](const char *what, auto function, auto... arguments) {
    swage_status_t status = {};
    EXPECT_EQ(function(arguments..., &status), SWAGE_INVALID_ARGUMENT);
    EXPECT_EQ(std::string(status.message), "have no " + std::string(what));
  };
  const swage_module_t *none = nullptr;
  swage_weight_info_t weight;
  swage_entry_point_info_t entry;
  const void *data;
  size_t size;
  EXPECT_EQ(swage_module_info(none), nullptr);
  EXPECT_EQ(swage_module_weight_bytes(none), 0u);
  EXPECT_EQ(swage_module_section_name(none, 0), nullptr);
  EXPECT_EQ(swage_module_metadata(none, "license"), nullptr);
  EXPECT_EQ(swage_module_metadata_key(none, 0), nullptr);
  refuses("module", swage_module_verify, none);
  refuses("module", swage_module_weight, none, size_t(0), &weight);
  refuses("module", swage_module_entry_point, none, size_t(0), &entry);
  refuses("module", swage_module_section, none, "tokenizer", &data, &size);
  swage_module_destroy(nullptr);

  openDevice();
  Model model;
  load(model);
  const swage_module_t *loaded = module;
  EXPECT_EQ(swage_module_metadata(loaded, nullptr), nullptr);
  refuses("out_weight", swage_module_weight, loaded, size_t(0), nullptr);
  refuses("out_entry_point", swage_module_entry_point, loaded, size_t(0),
          nullptr);
  refuses("name", swage_module_section, loaded, nullptr, &data, &size);
  refuses("out_data", swage_module_section, loaded, "tokenizer", nullptr,
          &size);
  refuses("out_size", swage_module_section, loaded, "tokenizer", &data,
          nullptr);
}

/// Every function that takes a session refuses none.
TEST_F(SessionErrors, NoSession) {
  swage_sequence_t id = 0;
  uint32_t length = 0;
  swage_result_info_t result;
  auto refuses = [](auto function, auto... arguments) {
    swage_status_t status = {};
    EXPECT_EQ(function(nullptr, arguments..., &status), SWAGE_INVALID_ARGUMENT);
    EXPECT_STREQ(status.message, "have no session");
  };
  refuses(swage_sequence_create, &id);
  refuses(swage_sequence_destroy, id);
  refuses(swage_sequence_declare, id, 1u);
  refuses(swage_sequence_fork, id, &id);
  refuses(swage_sequence_truncate, id, 0u);
  refuses(swage_sequence_length, id, &length);
  refuses(swage_session_result, size_t(0), &result);
  EXPECT_EQ(swage_session_info(nullptr), nullptr);
  swage_session_reset(nullptr);
  swage_session_set_profile(nullptr, nullptr, nullptr);
  swage_session_destroy(nullptr);
}

TEST_F(SessionErrors, NoPlaceForResults) {
  openDevice();
  Model model;
  load(model);
  openSession(sessionOptions());
  swage_sequence_t id = newSequence();
  EXPECT_EQ(swage_sequence_create(session, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have no out_id");
  EXPECT_EQ(swage_sequence_length(session, id, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have no out_length");
}

TEST_F(SessionErrors, Options) {
  openDevice();
  Model model;
  load(model);
  swage_session_options_t options = sessionOptions();
  options.entry_point = "encode";
  EXPECT_EQ(createMessage(options), "have no entry point 'encode', require one "
                                    "of 1, such as 'forward'");
  options = sessionOptions();
  options.kv_cache = "bf16";
  EXPECT_EQ(createMessage(options),
            "have no code for cache type 'bf16', require one that the artifact "
            "was compiled with: f32, f16");
  options = sessionOptions();
  options.context = 65;
  EXPECT_EQ(createMessage(options),
            "have context 65, require at most 64, the model's positions");
  options = sessionOptions();
  options.max_rows = ~0u;
  EXPECT_EQ(createMessage(options), "have 4 sequences, 4294967295 rows and 256 "
                                    "logit rows, require at most 2^20 of each");
}

TEST_F(SessionErrors, RowCountsWithoutCode) {
  Model model;
  model.variant(0).min_rows = model.variant(0).max_rows = 5;
  model.variant(1).max_rows = 4;
  EXPECT_EQ(createMessage(model), "have no code of 'forward' for 1 rows, "
                                  "require it for 1 to 512");
}

TEST_F(SessionErrors, Sizes) {
  Model negative;
  negative.buffer(2).size = Ex(-64);
  EXPECT_EQ(createMessage(negative), "have -64 for the embedded, require 0 to "
                                     "2^46");
  Model overflow;
  overflow.buffer(2).size = Ex(Symbol::Rows) * Ex(INT64_MAX) + Ex(INT64_MAX);
  EXPECT_EQ(createMessage(overflow), "the embedded overflows for 1 rows and 64 "
                                     "pages");
  Model huge;
  for (auto &variant : huge.program().entry_points[0]->variants)
    variant->buffers[4]->page_bytes = uint64_t(1) << 40;
  createMessage(huge);
  EXPECT_EQ(status.code, SWAGE_OUT_OF_MEMORY);
  Model offset;
  offset.dispatch(0).bindings[2] = Binding(2, 1, 128);
  EXPECT_EQ(createMessage(offset),
            "command 0, binding 2: have offset 128, require at most 64, the "
            "size of 'embedded'");
  Model rows;
  rows.variant(1).buffers[8]->row_length = 32;
  EXPECT_EQ(createMessage(rows), "have logit rows of 16 and 32 values in one "
                                 "entry point, require the same");
  Model lacking;
  lacking.variant(1).buffers[8]->kind = BufferKind::Arena;
  lacking.variant(1).buffers[8]->role = Role::None;
  EXPECT_EQ(createMessage(lacking),
            "have logit rows in some variants of an entry point, require them "
            "in all or none");
}

TEST_F(SessionErrors, SizesThatShrinkAreNoticed) {
  Model model;
  model.variant(1).buffers[3]->size =
      Ex(Ex(100000), Ex(Symbol::Rows) * Ex(64), ExpressionKind::Subtract);
  EXPECT_EQ(createMessage(model), "");
  openSession(sessionOptions());
  rows.sequence = newSequence();
  EXPECT_EQ(forwardMessage(batch()),
            "have 67232 bytes for 'added', require 99872 for 2 rows");
  EXPECT_EQ(status.code, SWAGE_INTERNAL);
  EXPECT_EQ(length(rows.sequence), 0u);
}

TEST_F(SessionErrors, ScalarsAndGridsThatOverflow) {
  Model model;
  model.variant(1).commands[0].AsDispatch()->grid = Ex(Symbol::Rows) + Ex(-9);
  EXPECT_EQ(createMessage(model), "");
  openSession(sessionOptions());
  rows.sequence = newSequence();
  EXPECT_EQ(forwardMessage(batch()), "have -7 for the grid, require 0 to 2^46");
  Model other;
  other.variant(1).commands[2].AsDispatch()->scalars[0] =
      Ex(Symbol::Rows) * Ex(INT64_MAX);
  EXPECT_EQ(createMessage(other), "");
  openSession(sessionOptions());
  rows.sequence = newSequence();
  EXPECT_EQ(forwardMessage(batch()),
            "command 2: scalar 0 overflows for 2 rows");
}

TEST_F(SessionErrors, Sequences) {
  open(sessionOptions(2));
  swage_sequence_t a = newSequence(), b = newSequence(), c;
  EXPECT_EQ(swage_sequence_create(session, &c, &status), SWAGE_OUT_OF_MEMORY);
  EXPECT_STREQ(status.message, "have 2 sequences, require fewer to make "
                               "another; raise max_sequences");
  EXPECT_EQ(swage_sequence_fork(session, a, &c, &status), SWAGE_OUT_OF_MEMORY);
  EXPECT_EQ(swage_sequence_destroy(session, b, &status), SWAGE_OK);
  EXPECT_EQ(swage_sequence_destroy(session, b, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have sequence 1, require one that exists");
  EXPECT_EQ(swage_sequence_truncate(session, -1, 0, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_EQ(swage_sequence_fork(session, 7, &c, &status),
            SWAGE_INVALID_ARGUMENT);
  uint32_t unused;
  EXPECT_EQ(swage_sequence_length(session, 2, &unused, &status),
            SWAGE_INVALID_ARGUMENT);
}

TEST_F(SessionErrors, Batches) {
  swage_session_options_t options = sessionOptions(2);
  options.context = 8;
  options.max_logit_rows = 1;
  open(options);
  rows.sequence = newSequence();
  run(rows.sequence, {5});

  swage_batch_t b = batch();
  b.row_count = 0;
  EXPECT_EQ(forwardMessage(b), "have a batch without rows, require at least "
                               "one row");
  b = batch();
  b.tokens = nullptr;
  EXPECT_EQ(forwardMessage(b), "have a batch without tokens, require at least "
                               "one row");
  b = batch();
  tokens[1] = 50;
  EXPECT_EQ(forwardMessage(b), "row 1: have token 50, require 0 to 49");
  tokens[1] = -1;
  EXPECT_EQ(forwardMessage(b), "row 1: have token -1, require 0 to 49");
  tokens[1] = 2;
  int32_t positions[2] = {0, 64};
  b.positions = positions;
  EXPECT_EQ(forwardMessage(b), "row 1: have position 64, require 0 to 63");
  b.positions = nullptr;
  b.row_count = 1;
  EXPECT_EQ(forwardMessage(b), "have 2 rows in sequences, require 1, the "
                               "batch's rows");
  b = batch();
  swage_sequence_rows_t twice[2] = {{rows.sequence, 1}, {rows.sequence, 1}};
  b.sequences = twice;
  b.sequence_count = 2;
  EXPECT_EQ(forwardMessage(b), "have sequence 0 twice in a batch, require it "
                               "once");
  twice[0].row_count = 0;
  EXPECT_EQ(forwardMessage(b), "have 0 rows for sequence 0, require at least "
                               "1");
  twice[0] = {1, 1};
  EXPECT_EQ(forwardMessage(b), "have sequence 1, require one that exists");
  b = batch();
  int32_t wanted[2] = {1, 1};
  b.logit_rows = wanted;
  b.logit_row_count = 2;
  EXPECT_EQ(forwardMessage(b), "have 2 logit rows, require at most 1, the "
                               "session's max_logit_rows");
  wanted[0] = 2;
  b.logit_row_count = 1;
  EXPECT_EQ(forwardMessage(b), "logit row 0: have row 2, require ascending "
                               "rows below 2");
  EXPECT_EQ(length(rows.sequence), 1u);
}

TEST_F(SessionErrors, ContextIsFull) {
  swage_session_options_t options = sessionOptions(1);
  options.context = 8;
  open(options);
  rows.sequence = newSequence();
  run(rows.sequence, {1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(forwardMessage(batch()),
            "have 7 tokens and 2 more for sequence 0, require at most 8, the "
            "session's context");
  EXPECT_EQ(length(rows.sequence), 7u);
  EXPECT_EQ(run(rows.sequence, {8})[0],
            expectedLogit({1, 2, 3, 4, 5, 6, 7, 8}, 0, 7));
}
