//===- AttentionCase.cpp - Attention kernels with sequences to run --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cpu_attention/AttentionCase.h"
#include "targets/cpu/Attention.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace swage::cpu::test {

namespace {

/// Positions that the table of coarse phases covers.
constexpr int64_t kPositions = 4096;

AttentionSpec specOf(const AttentionShape &s) {
  AttentionSpec spec;
  spec.variant = RowVariant::Many;
  spec.numHeads = s.heads;
  spec.numKvHeads = s.kvHeads;
  spec.headDim = s.headDim;
  int64_t q = s.heads * s.headDim, kv = s.kvHeads * s.headDim;
  switch (s.buffers) {
  case RowBuffers::One:
    spec.queries = {0, 0, q + 2 * kv};
    spec.keys = {0, q, q + 2 * kv};
    spec.values = {0, q + kv, q + 2 * kv};
    break;
  case RowBuffers::Two:
    spec.queries = {0, kv, q + kv};
    spec.keys = {1, 5, kv + 9};
    spec.values = {0, 0, q + kv};
    break;
  case RowBuffers::Three:
    spec.queries = {0, 0, q};
    spec.keys = {1, 0, kv};
    spec.values = {2, q + kv, q + 2 * kv};
    break;
  }
  spec.scale = s.sharpness / std::sqrt(double(s.headDim));
  if (s.ropeDims)
    spec.rope = RopeSpec{s.ropeDims};
  spec.cache = s.cache;
  spec.output = s.output;
  spec.window = s.window;
  spec.softCap = s.softCap;
  spec.causal = s.causal;
  return spec;
}

std::string kernelName(RowVariant variant) {
  return "attention_" + std::to_string(int(variant));
}

double angle(const AttentionSpec &spec, int64_t position, int64_t i) {
  return position * std::pow(10000.0, -2.0 * i / spec.rope->dims);
}

} // namespace

AttentionCase::AttentionCase(AttentionShape shape,
                             std::vector<Sequence> sequences,
                             const Capabilities &target)
    : spec(specOf(shape)), sequences(std::move(sequences)),
      sharpness(shape.sharpness),
      roundsFactors(attentionUsesMatrixTiles(spec, target)),
      coded(spec.cache.codes
                ? std::optional(CodedPage(*spec.cache.codes, spec.headDim))
                : std::nullopt),
      keyColumn(spec.numHeads * spec.headDim),
      valueColumn(keyColumn + spec.numKvHeads * spec.headDim),
      columns(valueColumn + spec.numKvHeads * spec.headDim),
      keyDims(cacheKeyDims(spec.cache.element, spec.headDim)),
      valueRow((spec.headDim + 15) / 16 * 16),
      outRow(paddedRowLength(spec.numHeads * spec.headDim, spec.output)),
      phases(Element::F32, (kRopeFinePositions + kPositions / 256) *
                               std::max<int64_t>(1, shape.ropeDims)),
      runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
        for (RowVariant variant :
             {RowVariant::One, RowVariant::Few, RowVariant::Many}) {
          AttentionSpec s = spec;
          s.variant = variant;
          buildAttention(b, loc, kernelName(variant), s, target);
        }
      }) {
  tableStride = 1;
  int64_t used = 0;
  for (size_t s = 0; s < this->sequences.size(); ++s) {
    tableStride = std::max(tableStride, pagesOf(s) + 1);
    used += pagesOf(s);
    Random random(1000 + s);
    inputs.emplace_back(Element::F32, this->sequences[s].slots * columns);
    for (int64_t i = 0; i < inputs[s].size; ++i)
      inputs[s].set(i, random.next() *
                           (i % columns >= valueColumn ? shape.valueScale : 1));
  }
  numPages = used + 2;
  pageOrder.resize(numPages);
  std::iota(pageOrder.begin(), pageOrder.end(), 0);
  std::shuffle(pageOrder.begin(), pageOrder.end(), std::mt19937(7));
  if (spec.rope)
    fillPhases();
}

void AttentionCase::fillPhases() {
  int64_t half = spec.rope->dims / 2, at = 0;
  auto append = [&](int64_t position) {
    for (int64_t i = 0; i < half; ++i) {
      phases.set(at++, float(std::cos(angle(spec, position, i))));
      phases.set(at++, float(std::sin(angle(spec, position, i))));
    }
  };
  for (int64_t p = 0; p < kRopeFinePositions; ++p)
    append(p);
  for (int64_t p = 0; p < kPositions; p += kRopeFinePositions)
    append(p);
}

int64_t AttentionCase::pagesOf(size_t s) const {
  return (sequences[s].slots + kPagePositions - 1) / kPagePositions;
}

int32_t AttentionCase::page(size_t sequence, int64_t i) const {
  for (size_t s = 0; s < sequence; ++s)
    i += pagesOf(s);
  return pageOrder[i];
}

float AttentionCase::input(size_t s, int64_t slot, int64_t column) const {
  return float(inputs[s].get(slot * columns + column));
}

std::pair<int64_t, int64_t> AttentionCase::seenFrom(size_t s,
                                                    int64_t slot) const {
  if (!spec.causal)
    return {0, sequences[s].slots};
  return {std::max<int64_t>(0, slot - spec.window.value_or(slot + 1) + 1),
          slot + 1};
}

double AttentionCase::rotated(size_t s, int64_t slot, int64_t column,
                              int64_t d) const {
  double x = input(s, slot, column + d);
  if (!spec.rope || d >= spec.rope->dims)
    return x;
  int64_t half = spec.rope->dims / 2, i = d % half;
  double a = angle(spec, slot + sequences[s].positionShift, i);
  double partner = input(s, slot, column + (d + half) % spec.rope->dims);
  return x * std::cos(a) + (d < half ? -partner : partner) * std::sin(a);
}

int64_t AttentionCase::keyAt(size_t s, int64_t slot, int64_t head,
                             int64_t d) const {
  int64_t block = page(s, slot / kPagePositions) * spec.numKvHeads + head;
  int64_t e = tileInterleave(spec.cache.element),
          position = slot % kPagePositions;
  return block * keyDims * kPagePositions + d / e * kPagePositions * e +
         position * e + d % e;
}

int64_t AttentionCase::valueAt(size_t s, int64_t slot, int64_t head,
                               int64_t d) const {
  int64_t block = page(s, slot / kPagePositions) * spec.numKvHeads + head;
  int64_t e = tileInterleave(spec.cache.element),
          position = slot % kPagePositions;
  return block * kPagePositions * valueRow + position / e * valueRow * e +
         d * e + position % e;
}

Schedule AttentionCase::whole() const {
  Schedule schedule;
  for (size_t s = 0; s < sequences.size(); ++s)
    schedule.push_back({{s, sequences[s].slots}});
  return schedule;
}

Schedule AttentionCase::besideEmpty() const {
  Schedule schedule;
  for (size_t s = 0; s < sequences.size(); ++s)
    schedule.push_back(
        {{(s + 1) % sequences.size(), 0}, {s, sequences[s].slots}});
  return schedule;
}

Schedule AttentionCase::chunked(int64_t rows) const {
  Schedule schedule;
  for (size_t s = 0; s < sequences.size(); ++s)
    for (int64_t at = 0; at < sequences[s].slots; at += rows)
      schedule.push_back({{s, std::min(rows, sequences[s].slots - at)}});
  return schedule;
}

Schedule AttentionCase::together(std::vector<int64_t> rows) const {
  Schedule schedule;
  std::vector<int64_t> past(sequences.size());
  for (bool more = true; more;) {
    more = false;
    Batch batch;
    for (size_t s = 0; s < sequences.size(); ++s) {
      int64_t count =
          std::min(rows[s % rows.size()], sequences[s].slots - past[s]);
      batch.push_back({s, count});
      past[s] += count;
      more |= count > 0;
    }
    if (more)
      schedule.push_back(batch);
  }
  return schedule;
}

void AttentionCase::setKey(size_t s, int64_t slot, int64_t dim, float value) {
  inputs[s].set(slot * columns + keyColumn + dim, value);
}

void AttentionCase::setValue(size_t s, int64_t slot, int64_t dim, float value) {
  inputs[s].set(slot * columns + valueColumn + dim, value);
}

/// Codes are in buffers of words.
Buffer AttentionCase::makePages(int64_t elements, int64_t bytes) const {
  int64_t heads = numPages * spec.numKvHeads;
  return coded ? Buffer(Element::F32, heads * bytes / 4)
               : Buffer(spec.cache.element, heads * elements);
}

CodedHead AttentionCase::keyOf(const Outcome &outcome, size_t s, int64_t slot,
                               int64_t head) const {
  CodedHead key;
  double rounding = Buffer::epsilon(spec.cache.element) / 2;
  for (int64_t d = 0; !coded && d < spec.headDim; ++d) {
    key.elements.push_back(outcome.keys.get(keyAt(s, slot, head, d)));
    key.errors.push_back(rounding * std::abs(key.elements.back()) + 1e-6);
  }
  if (coded) {
    int64_t block = page(s, slot / kPagePositions) * spec.numKvHeads + head;
    key = readCodedKey(*spec.cache.codes, spec.headDim,
                       static_cast<unsigned char *>(outcome.keys.data()) +
                           block * coded->keyBytes,
                       slot % kPagePositions);
  }
  return key;
}

CodedHead AttentionCase::valueOf(const Outcome &outcome, size_t s, int64_t slot,
                                 int64_t head) const {
  CodedHead value;
  for (int64_t d = 0; !coded && d < spec.headDim; ++d)
    value.elements.push_back(outcome.values.get(valueAt(s, slot, head, d)));
  if (coded) {
    int64_t block = page(s, slot / kPagePositions) * spec.numKvHeads + head;
    value = readCodedValue(*spec.cache.codes, spec.headDim,
                           static_cast<unsigned char *>(outcome.values.data()) +
                               block * coded->valueBytes,
                           slot % kPagePositions);
  }
  return value;
}

std::vector<double> AttentionCase::transformed(size_t s, int64_t slot,
                                               int64_t column) const {
  std::vector<double> head(spec.headDim);
  for (int64_t d = 0; d < spec.headDim; ++d)
    head[d] = rotated(s, slot, column, d);
  return coded ? hadamard(head, coded->rotation) : head;
}

Outcome AttentionCase::run(const Schedule &schedule, Dispatch dispatch) {
  Outcome outcome{
      makePages(keyDims * kPagePositions, coded ? coded->keyBytes : 0),
      makePages(kPagePositions * valueRow, coded ? coded->valueBytes : 0),
      {}};
  for (const Sequence &s : sequences)
    outcome.outputs.emplace_back(spec.output, s.slots * outRow);
  std::vector<int64_t> past(sequences.size());
  for (const Batch &batch : schedule)
    runBatch(batch, past, outcome, dispatch);
  return outcome;
}

void AttentionCase::runBatch(const Batch &batch, std::vector<int64_t> &past,
                             Outcome &outcome, Dispatch dispatch) {
  int64_t rows = 0;
  std::vector<int32_t> starts{0}, pasts, positions, tables;
  for (const Chunk &chunk : batch) {
    rows += chunk.rows;
    starts.push_back(int32_t(rows));
    pasts.push_back(int32_t(past[chunk.sequence]));
    for (int64_t i = 0; i < chunk.rows; ++i)
      positions.push_back(int32_t(past[chunk.sequence] + i +
                                  sequences[chunk.sequence].positionShift));
    // Pages that no row of the chunk sees have no number.
    int64_t first = seenFrom(chunk.sequence, past[chunk.sequence]).first;
    for (int64_t i = 0; i < tableStride; ++i)
      tables.push_back(i >= first / kPagePositions &&
                               i < pagesOf(chunk.sequence)
                           ? page(chunk.sequence, i)
                           : INT32_MAX);
  }
  std::vector<int32_t> binding = starts;
  for (auto *part : {&pasts, &positions, &tables})
    binding.insert(binding.end(), part->begin(), part->end());

  int64_t padded = (rows + kRowPadding - 1) / kRowPadding * kRowPadding;
  std::vector<Buffer> inputRows;
  auto fill = [&](const HeadColumns &heads, int64_t from, int64_t count) {
    int64_t length = paddedRowLength(heads.columns, Element::F32), row = 0;
    if (size_t(heads.binding) == inputRows.size())
      inputRows.emplace_back(Element::F32, padded * length);
    for (const Chunk &chunk : batch)
      for (int64_t i = 0; i < chunk.rows; ++i, ++row)
        for (int64_t c = 0; c < count; ++c)
          inputRows[heads.binding].set(
              row * length + heads.column + c,
              input(chunk.sequence, past[chunk.sequence] + i, from + c));
  };
  fill(spec.queries, 0, keyColumn);
  fill(spec.keys, keyColumn, valueColumn - keyColumn);
  fill(spec.values, valueColumn, columns - valueColumn);
  Buffer out(spec.output, padded * outRow);

  std::vector<void *> bindings;
  for (Buffer &buffer : inputRows)
    bindings.push_back(buffer.data());
  bindings.insert(bindings.end(),
                  {outcome.keys.data(), outcome.values.data(), binding.data()});
  if (spec.rope)
    bindings.push_back(phases.data());
  bindings.push_back(out.data());
  RowVariant variant =
      dispatch.variant.value_or(rows == 1   ? RowVariant::One
                                : rows < 16 ? RowVariant::Few
                                            : RowVariant::Many);
  uint64_t grid = batch.size() * spec.numKvHeads;
  uint64_t step = std::min(dispatch.step, grid);
  for (uint64_t begin = (grid - 1) / step * step;; begin -= step) {
    runner.run(kernelName(variant), bindings,
               {rows, int64_t(batch.size()), tableStride}, begin,
               std::min(begin + step, grid));
    if (begin == 0)
      break;
  }

  int64_t row = 0;
  int64_t rowBytes = outRow * elementBytes(spec.output);
  for (const Chunk &chunk : batch) {
    std::memcpy(static_cast<char *>(outcome.outputs[chunk.sequence].data()) +
                    past[chunk.sequence] * rowBytes,
                static_cast<char *>(out.data()) + row * rowBytes,
                chunk.rows * rowBytes);
    row += chunk.rows;
    past[chunk.sequence] += chunk.rows;
  }
  for (int64_t i = rows * outRow; i < out.size; ++i)
    ASSERT_TRUE(std::isnan(out.get(i))) << "the padding rows were written";
}

} // namespace swage::cpu::test
