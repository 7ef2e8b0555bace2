//===- Encoder.cpp - Texts alone, side by side, and padded ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/golden/same_bits/SameBits.h"
#include <algorithm>
#include <numeric>

namespace swage::test {

namespace {

class EncoderCheck {
public:
  EncoderCheck(const Module &module, uint32_t maxRows, const std::string &name,
               Checks &checks)
      : name(name), checks(checks) {
    SessionOptions options;
    options.max_sequences = 8;
    options.context = std::min<uint32_t>(module.info().max_positions, 160);
    options.max_rows = maxRows;
    session = Session::create(module, options, status);
    checks.succeeded(name, status);
    for (size_t i = 0; status && i < session.info().result_count; ++i)
      results.push_back(session.result(i, status));
  }

  ~EncoderCheck() { checks.succeeded(name, status); }

  /// All results of each text, one behind the other; all texts in one call.
  std::vector<Values> encode(const std::vector<Text> &texts) {
    std::vector<int32_t> tokens, types;
    std::vector<uint32_t> lengths;
    for (const Text &text : texts) {
      tokens.insert(tokens.end(), text.tokens.begin(), text.tokens.end());
      types.insert(types.end(), text.types.begin(), text.types.end());
      lengths.push_back(uint32_t(text.tokens.size()));
    }
    Texts batch;
    batch.tokens = tokens.data();
    batch.row_count = tokens.size();
    batch.lengths = lengths.data();
    batch.text_count = lengths.size();
    batch.token_types = types.data();
    std::vector<Values> buffers;
    std::vector<Output> outputs =
        allocate(texts.size(), tokens.size(), buffers);
    session.encode(batch, outputs.data(), outputs.size(), status);
    std::vector<Values> all(texts.size());
    for (size_t r = 0; r < results.size(); ++r) {
      size_t row = 0;
      for (size_t i = 0; i < texts.size(); ++i) {
        size_t count = results[r].per_sequence ? 1 : lengths[i];
        append(r, buffers[r], row, count, all[i]);
        row += count;
      }
    }
    return all;
  }

  /// The same with padding on the left of a text, the right, or what is left
  /// of it on both sides.
  std::vector<Values> encodePadded(const std::vector<Text> &texts, int side) {
    size_t length = 0;
    for (const Text &text : texts)
      length = std::max(length, text.tokens.size());
    size_t rows = texts.size() * length;
    std::vector<int32_t> tokens(rows), types(rows), mask(rows);
    std::vector<size_t> begins;
    for (size_t i = 0; i < texts.size(); ++i) {
      size_t padding = length - texts[i].tokens.size();
      size_t begin = i * length + (side == 0   ? padding
                                   : side == 1 ? 0
                                               : padding / 2);
      std::copy(texts[i].tokens.begin(), texts[i].tokens.end(),
                tokens.begin() + begin);
      std::copy(texts[i].types.begin(), texts[i].types.end(),
                types.begin() + begin);
      std::fill_n(mask.begin() + begin, texts[i].tokens.size(), 1);
      begins.push_back(begin);
    }
    PaddedBatch batch;
    batch.tokens = tokens.data();
    batch.mask = mask.data();
    batch.token_types = types.data();
    batch.batch_count = texts.size();
    batch.length = length;
    std::vector<Values> buffers;
    std::vector<Output> outputs = allocate(texts.size(), rows, buffers);
    session.encodePadded(batch, outputs.data(), outputs.size(), status);
    std::vector<Values> all(texts.size());
    for (size_t r = 0; r < results.size(); ++r)
      for (size_t i = 0; i < texts.size(); ++i)
        append(r, buffers[r], results[r].per_sequence ? i : begins[i],
               results[r].per_sequence ? 1 : texts[i].tokens.size(), all[i]);
    return all;
  }

private:
  std::vector<Output> allocate(size_t texts, size_t rows,
                               std::vector<Values> &buffers) {
    std::vector<Output> outputs;
    for (const swage_result_info_t &result : results)
      buffers.emplace_back((result.per_sequence ? texts : rows) *
                           result.columns);
    for (size_t r = 0; r < results.size(); ++r)
      outputs.push_back(
          {results[r].name, buffers[r].data(), buffers[r].size()});
    return outputs;
  }

  void append(size_t result, const Values &buffer, size_t row, size_t count,
              Values &into) const {
    auto begin = buffer.begin() + row * results[result].columns;
    into.insert(into.end(), begin, begin + count * results[result].columns);
  }

  std::string name;
  Checks &checks;
  Status status;
  Session session;
  std::vector<swage_result_info_t> results;
};

} // namespace

void checkEncoder(const std::vector<Module> &modules,
                  const std::vector<Text> &texts, bool quick, Checks &checks) {
  std::vector<Text> reversed(texts.rbegin(), texts.rend());
  std::vector<Values> wanted;
  // Room for all texts in one step, and for little more than the longest.
  for (uint32_t maxRows : {512, 160})
    for (size_t t = 0; t < modules.size(); ++t) {
      std::string name = std::to_string(maxRows) + " rows at once, " +
                         std::to_string(kThreads[t]) + " threads";
      EncoderCheck check(modules[t], maxRows, name, checks);
      std::vector<Values> alone;
      for (const Text &text : texts)
        alone.push_back(check.encode({text})[0]);
      if (wanted.empty())
        wanted = alone;
      checks.same(name + ", alone", alone, wanted);
      checks.same(name + ", all together", check.encode(texts), wanted);
      if (quick)
        continue;
      std::vector<Values> backwards = check.encode(reversed);
      std::reverse(backwards.begin(), backwards.end());
      checks.same(name + ", all together, in reverse", backwards, wanted);
      for (auto [side, where] : {std::pair(0, "left"), std::pair(1, "right"),
                                 std::pair(2, "both sides")})
        checks.same(name + ", padding on the " + where,
                    check.encodePadded(texts, side), wanted);
    }
}

} // namespace swage::test
