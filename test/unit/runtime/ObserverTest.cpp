//===- ObserverTest.cpp - What dispatches show of their results ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

using namespace toy;

namespace {

/// What an observer saw of one dispatch.
struct Seen {
  std::string name, kernel, element;
  uint32_t batchRows;
  size_t rows, columns;
  std::vector<float> values;
};

class Observer : public Runtime {
protected:
  /// The toy model, whose embedding and logits say what they hold.
  void openDescribed(uint32_t maxRows = 512, uint32_t threads = 1) {
    openDevice(threads);
    load(describe(model));
    openSession(sessionOptions(4, maxRows));
  }

  static Model &describe(Model &model) {
    for (auto &variant : model.program().entry_points[0]->variants) {
      BufferT &embedded = *variant->buffers[2], &logits = *variant->buffers[8];
      embedded.rows = Ex(Symbol::Rows);
      embedded.columns = kColumns;
      embedded.row_length = kRowLength;
      logits.rows = Ex(Symbol::LogitRows);
    }
    return model;
  }

  void observe() {
    swage_session_set_observer(
        session,
        [](void *self, const swage_dispatch_event_t *event) {
          static_cast<Observer *>(self)->see(*event);
        },
        this);
  }

  void see(const swage_dispatch_event_t &event) {
    if (event.result_count == 0) {
      silent.push_back(event.name);
      return;
    }
    ASSERT_EQ(event.result_count, 1u);
    const swage_tensor_t &result = event.results[0];
    Seen &dispatch = seen.emplace_back(Seen{event.name,
                                            event.kernel,
                                            result.element,
                                            event.rows,
                                            result.rows,
                                            result.columns,
                                            {}});
    const auto *data = static_cast<const float *>(result.data);
    for (size_t row = 0; row < result.rows; ++row)
      dispatch.values.insert(dispatch.values.end(),
                             data + row * result.row_length,
                             data + row * result.row_length + result.columns);
  }

  Model model;
  std::vector<Seen> seen;
  std::vector<std::string> silent;
};

} // namespace

TEST_F(Observer, SeesWhatDispatchesWrite) {
  for (uint32_t threads : {1, 3}) {
    openDescribed(/*maxRows=*/512, threads);
    observe();
    std::vector<float> logits = run(newSequence(), {7, 9, 11});
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].name, "embed");
    EXPECT_EQ(seen[0].kernel, "toy_embed");
    EXPECT_EQ(seen[0].element, "f32");
    EXPECT_EQ(seen[0].batchRows, 3u);
    EXPECT_EQ(seen[0].rows, 3u);
    ASSERT_EQ(seen[0].columns, size_t(kColumns));
    EXPECT_EQ(seen[0].values[kColumns + 2], 9.0f * 3);
    EXPECT_EQ(seen[1].name, "logits");
    EXPECT_EQ(seen[1].values, logits);
    EXPECT_EQ(silent, (std::vector<std::string>{"add", "sum"}));
    seen.clear();
    silent.clear();
    close();
  }
}

TEST_F(Observer, SeesEachPartOfABatch) {
  openDescribed(/*maxRows=*/2);
  observe();
  std::vector<float> logits = run(newSequence(), {7, 9, 11});
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0].batchRows, 2u);
  EXPECT_EQ(seen[2].batchRows, 1u);
  std::vector<float> both = seen[1].values;
  both.insert(both.end(), seen[3].values.begin(), seen[3].values.end());
  EXPECT_EQ(both, logits);
}

TEST_F(Observer, ChangesNothingAndCanBeTurnedOff) {
  openDescribed();
  std::vector<float> alone = run(newSequence(), {7, 9, 11});
  observe();
  EXPECT_EQ(run(newSequence(), {7, 9, 11}), alone);
  EXPECT_EQ(seen.size(), 2u);
  swage_session_set_observer(session, nullptr, nullptr);
  EXPECT_EQ(run(newSequence(), {7, 9, 11}), alone);
  EXPECT_EQ(seen.size(), 2u);
  swage_session_set_observer(nullptr, nullptr, nullptr);
}

TEST_F(Observer, WorksBesideAProfile) {
  openDescribed();
  observe();
  size_t profiled = 0;
  swage_session_set_profile(
      session,
      [](void *self, const swage_profile_event_t *) {
        ++*static_cast<size_t *>(self);
      },
      &profiled);
  run(newSequence(), {7, 9});
  EXPECT_EQ(profiled, 4u);
  EXPECT_EQ(seen.size() + silent.size(), 4u);
}

TEST_F(Observer, RefusesRowsThatDoNotFit) {
  describe(model).buffer(2).rows = Ex(Symbol::Rows) * Ex(2);
  BufferT &many = *model.program().entry_points[0]->variants[1]->buffers[2];
  many.rows = Ex(Symbol::Rows) * Ex(2);
  openDevice();
  load(model);
  openSession(sessionOptions());
  observe();
  swage_sequence_t sequence = newSequence();
  int32_t tokens[] = {1, 2, 3};
  swage_sequence_rows_t rows = {sequence, 3};
  swage_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = tokens;
  batch.row_count = 3;
  batch.sequences = &rows;
  batch.sequence_count = 1;
  EXPECT_EQ(swage_session_forward(session, &batch, nullptr, &status),
            SWAGE_DATA_LOSS);
  EXPECT_STREQ(status.message, "buffer 'embedded': have 6 rows of 16 f32, "
                               "require them in 192 bytes");
  EXPECT_EQ(length(sequence), 0u);
}
