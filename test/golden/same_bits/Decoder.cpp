//===- Decoder.cpp - Texts in chunks, in batches, with changed pasts -----===//
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

/// A text on its way through a session.
struct Reader {
  const std::vector<int32_t> *tokens;
  Sequence sequence = -1;
  size_t position = 0;
  /// Of the rows that were computed.
  Values logits = {};

  size_t left() const { return tokens->size() - position; }
};

/// More than all texts have.
constexpr uint32_t kRows = 512;

class DecoderCheck {
public:
  DecoderCheck(const Module &module, const char *cache, uint32_t maxRows,
               const std::string &name, const std::vector<Text> &texts,
               Checks &checks)
      : name(name), texts(texts), checks(checks) {
    SessionOptions options;
    options.kv_cache = cache;
    options.max_sequences = uint32_t(texts.size()) + 1;
    options.context = std::min<uint32_t>(module.info().max_positions, kContext);
    options.max_rows = maxRows;
    options.max_logit_rows = kRows;
    session = Session::create(module, options, status);
    checks.succeeded(name, status);
  }

  /// The logits of every text, each alone and in one call.
  std::vector<Values> readWhole() { return readInChunks(kContext); }

  /// The same, `chunk` tokens at a time.
  std::vector<Values> readInChunks(size_t chunk) {
    std::vector<Values> all;
    for (const Text &text : texts) {
      Reader reader = start(text);
      finish(reader, chunk);
      all.push_back(std::move(reader.logits));
    }
    return all;
  }

  /// All texts side by side, text `i` with `chunks[i % n]` tokens a call, and
  /// in each call the sequences in the order of the texts or in the reverse.
  std::vector<Values> readTogether(std::vector<size_t> chunks, bool reverse) {
    std::vector<Reader> readers;
    for (const Text &text : texts)
      readers.push_back(start(text));
    for (size_t call = 0;; ++call) {
      std::vector<std::pair<Reader *, size_t>> parts;
      for (size_t i = 0; i < readers.size(); ++i)
        if (size_t left = readers[i].left())
          parts.emplace_back(
              &readers[i], std::min(left, chunks[(i + call) % chunks.size()]));
      if (parts.empty() || !status)
        break;
      if (reverse)
        std::reverse(parts.begin(), parts.end());
      step(parts);
    }
    std::vector<Values> all;
    for (Reader &reader : readers) {
      session.destroySequence(reader.sequence, status);
      all.push_back(std::move(reader.logits));
    }
    return all;
  }

  /// Reads the text, goes back to `length`, and reads the rest again.
  Values readAfterTruncation(const Text &text, size_t length, size_t chunk) {
    Reader reader = start(text);
    read(reader, chunk);
    session.truncate(reader.sequence, uint32_t(length), status);
    reader.logits.resize(length * columns());
    reader.position = length;
    finish(reader, chunk);
    return std::move(reader.logits);
  }

  /// Splits a text's sequence at `length`. One goes on with another text's
  /// tokens and then the other with its own, which is returned: both share the
  /// pages up to there.
  Values readAfterFork(const Text &text, size_t length, const Text &other,
                       bool parentGoesOn) {
    Reader reader = start(text);
    step({{&reader, length}});
    // No more than the sequence was declared to hold.
    std::vector<int32_t> tokens = other.tokens;
    tokens.resize(std::min(tokens.size(), text.tokens.size() - length));
    Reader fork = {&tokens, session.fork(reader.sequence, status)};
    if (!parentGoesOn)
      std::swap(fork.sequence, reader.sequence);
    finish(fork, 5);
    finish(reader, 9);
    return std::move(reader.logits);
  }

  /// The logits of some rows of a text.
  Values readRows(const Text &text, const std::vector<int32_t> &rows) {
    Reader reader = start(text);
    std::vector<int32_t> positions(text.tokens.size());
    std::iota(positions.begin(), positions.end(), 0);
    swage_sequence_rows_t part = {reader.sequence, uint32_t(positions.size())};
    Batch batch;
    batch.tokens = text.tokens.data();
    batch.row_count = positions.size();
    batch.sequences = &part;
    batch.sequence_count = 1;
    batch.positions = positions.data();
    batch.logit_rows = rows.data();
    batch.logit_row_count = rows.size();
    Logits logits = session.forward(batch, status);
    take(logits, 0, logits.rows(), reader.logits);
    session.destroySequence(reader.sequence, status);
    return std::move(reader.logits);
  }

  size_t columns() const { return session.info().columns; }

  ~DecoderCheck() { checks.succeeded(name, status); }

private:
  static constexpr uint32_t kContext = 256;

  /// Some models compute a text as its whole length asks for.
  Reader start(const Text &text) {
    Reader reader = {&text.tokens, session.createSequence(status)};
    session.declare(reader.sequence, uint32_t(text.tokens.size()), status);
    return reader;
  }

  void read(Reader &reader, size_t chunk) {
    while (status && reader.left())
      step({{&reader, std::min(chunk, reader.left())}});
  }

  void finish(Reader &reader, size_t chunk) {
    read(reader, chunk);
    session.destroySequence(reader.sequence, status);
  }

  static void take(const Logits &logits, size_t first, size_t count,
                   Values &into) {
    for (size_t row = first; row < first + count; ++row)
      into.insert(into.end(), logits[row], logits[row] + logits.columns());
  }

  /// Computes the next tokens of some texts in one call.
  void step(const std::vector<std::pair<Reader *, size_t>> &parts) {
    std::vector<int32_t> tokens;
    std::vector<swage_sequence_rows_t> sequences;
    for (auto [reader, count] : parts) {
      auto begin = reader->tokens->begin() + reader->position;
      tokens.insert(tokens.end(), begin, begin + count);
      sequences.push_back({reader->sequence, uint32_t(count)});
    }
    std::vector<int32_t> rows(tokens.size());
    std::iota(rows.begin(), rows.end(), 0);
    Batch batch;
    batch.tokens = tokens.data();
    batch.row_count = tokens.size();
    batch.sequences = sequences.data();
    batch.sequence_count = sequences.size();
    batch.logit_rows = rows.data();
    batch.logit_row_count = rows.size();
    Logits logits = session.forward(batch, status);
    if (!status)
      return;
    size_t row = 0;
    for (auto [reader, count] : parts) {
      take(logits, row, count, reader->logits);
      reader->position += count;
      row += count;
    }
  }

  std::string name;
  const std::vector<Text> &texts;
  Checks &checks;
  Status status;
  Session session;
};

} // namespace

/// The rows `rows` of `logits`.
static Values pick(const Values &logits, const std::vector<int32_t> &rows,
                   size_t columns) {
  Values picked;
  for (int32_t row : rows)
    picked.insert(picked.end(), logits.begin() + row * columns,
                  logits.begin() + (row + 1) * columns);
  return picked;
}

namespace {

/// Computes the texts in every way, with one cache and some threads.
class DecoderChecks {
public:
  DecoderChecks(DecoderCheck &check, const std::string &name,
                const std::vector<Text> &texts,
                const std::vector<Values> &wanted, Checks &checks)
      : check(check), name(name), texts(texts), wanted(wanted), checks(checks) {
  }

  void checkQuickly() {
    checks.same(name + ", chunks of 7", check.readInChunks(7), wanted);
    checks.same(name + ", decoding beside prefill, in reverse",
                check.readTogether({64, 1, 1, 1, 2, 17}, true), wanted);
  }

  void checkChunks() {
    checks.same(name + ", whole", check.readWhole(), wanted);
    for (size_t chunk : {1, 3, 7, 64})
      checks.same(name + ", chunks of " + std::to_string(chunk),
                  check.readInChunks(chunk), wanted);
  }

  void checkBatches() {
    checks.same(name + ", all together", check.readTogether({kRows}, false),
                wanted);
    checks.same(name + ", all together, in reverse",
                check.readTogether({kRows}, true), wanted);
    checks.same(name + ", ragged chunks",
                check.readTogether({1, 3, 7, 64, 30}, false), wanted);
    checks.same(name + ", decoding beside prefill, in reverse",
                check.readTogether({64, 1, 1, 1, 2, 17}, true), wanted);
  }

  /// Around the ends of pages, and of the goldens' window of 40.
  void checkPasts() {
    const Text &longest = texts[0];
    for (size_t length : {0, 1, 39, 40, 41, 63, 64, 65, 100, 128, 129})
      checks.same(name + ", again from " + std::to_string(length),
                  check.readAfterTruncation(longest, length, 11), wanted[0]);
    for (size_t length : {1, 40, 63, 64, 65, 100, 128})
      for (bool parent : {true, false})
        checks.same(name + (parent ? ", forked at " : ", fork at ") +
                        std::to_string(length),
                    check.readAfterFork(longest, length, texts[2], parent),
                    wanted[0]);
  }

  void checkRows() {
    for (const std::vector<int32_t> &rows :
         {std::vector<int32_t>{129}, std::vector<int32_t>{0, 39, 40, 64}})
      checks.same(name + ", some rows", check.readRows(texts[0], rows),
                  pick(wanted[0], rows, check.columns()));
  }

private:
  DecoderCheck &check;
  const std::string &name;
  const std::vector<Text> &texts;
  const std::vector<Values> &wanted;
  Checks &checks;
};

} // namespace

void checkDecoder(const std::vector<Module> &modules,
                  const std::vector<Text> &texts, bool quick, Checks &checks) {
  swage_entry_point_info_t entry = {};
  Status status;
  swage_module_entry_point(modules[0].get(), 0, &entry, status.get());
  checks.succeeded("entry point", status);
  for (size_t c = 0; c < entry.kv_cache_type_count; ++c) {
    const char *cache = entry.kv_cache_types[c];
    std::vector<Values> wanted;
    for (size_t t = 0; t < modules.size(); ++t) {
      std::string name = std::string(cache) + " cache, " +
                         std::to_string(kThreads[t]) + " threads";
      DecoderCheck check(modules[t], cache, kRows, name, texts, checks);
      if (t == 0)
        wanted = check.readWhole();
      DecoderChecks all(check, name, texts, wanted, checks);
      if (quick) {
        all.checkQuickly();
        continue;
      }
      all.checkChunks();
      all.checkBatches();
      // What threads share does not depend on these.
      if (t != 0)
        continue;
      all.checkPasts();
      all.checkRows();
    }
    if (quick)
      continue;
    // So few rows at once that most calls are cut.
    std::string name = std::string(cache) + " cache, 24 rows at once";
    DecoderCheck check(modules[0], cache, 24, name, texts, checks);
    DecoderChecks all(check, name, texts, wanted, checks);
    all.checkChunks();
    all.checkBatches();
  }
}

} // namespace swage::test
