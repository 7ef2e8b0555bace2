//===- Replay.cpp - Computing a golden's prompt ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Calls.h"
#include "compiler/golden/Golden.h"

using namespace swage;
using namespace swage::golden;

using Values = std::vector<std::vector<float>>;

static llvm::Error fail(const Golden &golden, const llvm::Twine &what) {
  return llvm::createStringError("entry point '" + golden.entryPoint + "', " +
                                 llvm::Twine(golden.tokens.size()) +
                                 " tokens: " + what);
}

static Values replayDecoder(Session &session, const Golden &golden, Way way,
                            Status &status) {
  Sequence sequence = session.createSequence(status);
  const int32_t *tokens = golden.tokens.data();
  size_t count = golden.tokens.size();
  if (way == Way::Decoded && count > 1) {
    session.append(sequence, tokens, count - 1, status);
    tokens += count - 1;
    count = 1;
  }
  Logits logits = session.append(sequence, tokens, count, status);
  if (!status)
    return {};
  return {{logits[0], logits[0] + logits.columns()}};
}

static Values replayEncoder(Session &session, const Golden &golden,
                            Status &status) {
  Values values;
  for (Encoded::Result &result :
       encodeText(session, golden.tokens, status).results)
    values.emplace_back(result.values.end() - long(result.columns),
                        result.values.end());
  return values;
}

llvm::Expected<Values> golden::replay(const Module &module,
                                      const Golden &golden, const char *kvCache,
                                      Way way) {
  if (golden.tokens.empty())
    return fail(golden, "have no token");
  Status status;
  SessionOptions options;
  options.entry_point = golden.entryPoint.c_str();
  options.kv_cache = kvCache;
  options.context = options.max_rows = uint32_t(golden.tokens.size());
  Session session = Session::create(module, options, status);
  if (!status)
    return fail(golden, status.message());
  std::vector<std::string> names;
  for (size_t i = 0; i < session.info().result_count; ++i)
    names.push_back(session.result(i, status).name);
  Values values = session.info().whole_sequences
                      ? replayEncoder(session, golden, status)
                      : replayDecoder(session, golden, way, status);
  if (!status)
    return fail(golden, status.message());
  bool same = values.size() == golden.results.size();
  for (size_t i = 0; same && i < values.size(); ++i)
    same = names[i] == golden.results[i].name &&
           values[i].size() == golden.results[i].values.size();
  if (!same)
    return fail(golden, "the entry point does not have the golden's results");
  return values;
}
