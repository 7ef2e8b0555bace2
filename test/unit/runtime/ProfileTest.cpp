//===- ProfileTest.cpp - What profiles say that reading the cache costs ---===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

using namespace toy;

namespace {

struct Case {
  uint32_t window;
  bool causal;
};

class CacheCost : public Runtime, public testing::WithParamInterface<Case> {
protected:
  /// Whether a row at `row` sees `position` in a text of `length`.
  bool sees(int row, int position, int length) const {
    Case c = GetParam();
    if (position >= length || (c.causal && position > row))
      return false;
    return c.window == 0 || position > row - int(c.window);
  }
};

TEST_P(CacheCost, IsOfWhatRowsSee) {
  openDevice(1);
  Model model;
  for (auto &variant : model.program().entry_points[0]->variants)
    variant->commands[4].AsDispatch()->cache_cost =
        std::make_unique<swage::schema::CacheCost>(1000, 10, GetParam().window,
                                                   GetParam().causal);
  load(model);
  swage_session_options_t options = sessionOptions(1, 5);
  openSession(options);
  std::vector<swage_profile_event_t> events;
  swage_session_set_profile(
      session,
      [](void *self, const swage_profile_event_t *event) {
        if (std::string(event->name) == "sum")
          static_cast<std::vector<swage_profile_event_t> *>(self)->push_back(
              *event);
      },
      &events);
  swage_sequence_t sequence = newSequence();
  // Chunks of 5, 5 and 3, then one more row.
  run(sequence, std::vector<int32_t>(13, 2));
  run(sequence, {1});
  const int ends[] = {5, 10, 13, 14};
  ASSERT_EQ(events.size(), std::size(ends));
  int start = 0;
  for (size_t i = 0; i < std::size(ends); ++i) {
    uint64_t pairs = 0, positions = 0;
    for (int position = 0; position < ends[i]; ++position) {
      bool isSeen = false;
      for (int row = start; row < ends[i]; ++row) {
        pairs += sees(row, position, ends[i]);
        isSeen |= sees(row, position, ends[i]);
      }
      positions += isSeen;
    }
    // The toy's dispatches say 128 bytes a work item: one sequence.
    EXPECT_EQ(events[i].bytes, 128 + 1000 * positions) << i;
    EXPECT_EQ(events[i].multiply_adds, 10 * pairs) << i;
    start = ends[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Windows, CacheCost,
                         testing::Values(Case{0, true}, Case{0, false},
                                         Case{1, true}, Case{4, true},
                                         Case{7, true}, Case{12, true},
                                         Case{100, true}, Case{4, false}));

} // namespace
