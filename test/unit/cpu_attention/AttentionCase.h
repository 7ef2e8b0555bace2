//===- AttentionCase.h - Attention kernels with sequences to run ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A case is a kernel and some sequences of known rows. The same sequences can
// be run in any cut; what comes out is kept by sequence and slot, so that cuts
// can be compared with each other and with plain loops in double precision.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_CPUATTENTION_ATTENTIONCASE_H
#define SWAGE_TEST_UNIT_CPUATTENTION_ATTENTIONCASE_H

#include "targets/cpu/KernelSpecs.h"
#include "test/unit/cpu/KernelRunner.h"
#include "test/unit/cpu/Numbers.h"
#include "test/unit/cpu_attention/CodedHeads.h"
#include <optional>
#include <string>
#include <vector>

namespace swage::cpu::test {

/// How many row buffers hold queries, keys and values.
enum class RowBuffers {
  One,   ///< side by side
  Two,   ///< values before the queries, keys in the middle of other rows
  Three, ///< queries alone, keys alone, values behind other columns
};

/// Heads and types of a case.
struct AttentionShape {
  int64_t heads, kvHeads, headDim, ropeDims;
  CacheFormat cache;
  Element output;
  /// Times the usual 1 / sqrt(headDim).
  double sharpness = 1;
  std::optional<int64_t> window = std::nullopt;
  std::optional<double> softCap = std::nullopt;
  bool causal = true;
  RowBuffers buffers = RowBuffers::One;
  /// Times numbers between -1 and 1.
  double valueScale = 1;
};

/// A sequence with `slots` rows. Row i stands at position i + `positionShift`.
struct Sequence {
  int64_t slots, positionShift;
};

/// Some more rows of one sequence; they may be none.
struct Chunk {
  size_t sequence;
  int64_t rows;
};

/// The chunks of one call. A schedule is a list of batches.
using Batch = std::vector<Chunk>;
using Schedule = std::vector<Batch>;

/// How a schedule is dispatched.
struct Dispatch {
  std::optional<RowVariant> variant; ///< none: the smallest that fits
  uint64_t step = ~uint64_t(0);      ///< work items of a range, last first
};

/// Cache and outputs after a schedule.
struct Outcome {
  Buffer keys, values;
  std::vector<Buffer> outputs; ///< [sequence] [slot][outRow]
};

class AttentionCase {
public:
  AttentionCase(AttentionShape shape, std::vector<Sequence> sequences,
                const Capabilities &target = host());

  /// Puts `value` into dimension `dim` of a head's value in a slot, or key.
  void setValue(size_t sequence, int64_t slot, int64_t dim, float value);
  void setKey(size_t sequence, int64_t slot, int64_t dim, float value);

  Outcome run(const Schedule &schedule, Dispatch dispatch = {});

  /// Every row of every sequence in one batch each.
  Schedule whole() const;
  /// The same, each beside a sequence without rows that may have none yet.
  Schedule besideEmpty() const;
  /// Each sequence alone, `rows` at a time.
  Schedule chunked(int64_t rows) const;
  /// All sequences together, in turn `rows` of each until they end: those that
  /// have ended stay in the batch without rows.
  Schedule together(std::vector<int64_t> rows) const;

  /// The cache holds the keys and values of all rows, rounded; every other
  /// page is as it was.
  void checkCache(const Outcome &outcome) const;
  /// The outputs are the attention over the cache, and nothing was written
  /// beside them.
  void checkOutputs(const Outcome &outcome) const;
  /// Outputs and cache are the same bits.
  void expectSame(const Outcome &a, const Outcome &b,
                  const std::string &what) const;

  /// The key or the value of a slot as it is multiplied, before rotation by
  /// phases is undone, and how far each element may be from what was appended.
  CodedHead keyOf(const Outcome &outcome, size_t sequence, int64_t slot,
                  int64_t head) const;
  CodedHead valueOf(const Outcome &outcome, size_t sequence, int64_t slot,
                    int64_t head) const;

  AttentionSpec spec;

private:
  int64_t pagesOf(size_t sequence) const;
  int32_t page(size_t sequence, int64_t i) const;
  float input(size_t sequence, int64_t slot, int64_t column) const;
  /// The slots that the query in `slot` sees: [first, second).
  std::pair<int64_t, int64_t> seenFrom(size_t sequence, int64_t slot) const;
  /// Element `d` of the head at `column`, rotated.
  double rotated(size_t sequence, int64_t slot, int64_t column,
                 int64_t d) const;
  /// The head at `column` as keys and queries are multiplied.
  std::vector<double> transformed(size_t sequence, int64_t slot,
                                  int64_t column) const;
  /// Elements of all pages of keys or of values.
  Buffer makePages(int64_t elements, int64_t bytes) const;
  int64_t keyAt(size_t sequence, int64_t slot, int64_t head, int64_t d) const;
  int64_t valueAt(size_t sequence, int64_t slot, int64_t head, int64_t d) const;
  void runBatch(const Batch &batch, std::vector<int64_t> &past,
                Outcome &outcome, Dispatch dispatch);
  void fillPhases();

  std::vector<Sequence> sequences;
  double sharpness;
  bool roundsFactors; ///< queries and exponentials to bf16
  std::optional<CodedPage> coded;
  /// Where keys and values begin in `inputs`, and what a row has.
  int64_t keyColumn, valueColumn, columns;
  int64_t keyDims, valueRow, outRow, tableStride, numPages;
  std::vector<int32_t> pageOrder;
  std::vector<Buffer> inputs; ///< [sequence] [slot][columns]
  Buffer phases;
  KernelRunner runner;
};

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPUATTENTION_ATTENTIONCASE_H
