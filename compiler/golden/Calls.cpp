//===- Calls.cpp - Calls of sessions that goldens and tools make ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Calls.h"
#include <numeric>

using namespace swage;
using namespace swage::golden;

Encoded::Encoded(const Session &session, size_t texts, size_t tokens,
                 Status &status) {
  for (size_t i = 0; i < session.info().result_count; ++i) {
    swage_result_info_t info = session.result(i, status);
    if (!status)
      return;
    bool perText = info.per_sequence != 0;
    Result &result =
        results.emplace_back(Result{info.name, perText, info.columns, {}});
    result.values.resize((perText ? texts : tokens) * info.columns);
    places.push_back({info.name, result.values.data(), result.values.size()});
  }
}

Encoded golden::encodeText(Session &session, llvm::ArrayRef<int32_t> tokens,
                           Status &status) {
  Encoded encoded(session, /*texts=*/1, tokens.size(), status);
  uint32_t length = uint32_t(tokens.size());
  Texts texts;
  texts.tokens = tokens.data();
  texts.row_count = length;
  texts.lengths = &length;
  texts.text_count = 1;
  session.encode(texts, encoded.outputs().data(), encoded.outputs().size(),
                 status);
  return encoded;
}

Logits golden::forwardRows(Session &session, Sequence sequence,
                           llvm::ArrayRef<int32_t> tokens,
                           llvm::ArrayRef<int32_t> rows, Status &status) {
  swage_sequence_rows_t part = {sequence, uint32_t(tokens.size())};
  Batch batch;
  batch.tokens = tokens.data();
  batch.row_count = uint32_t(tokens.size());
  batch.sequences = &part;
  batch.sequence_count = 1;
  // A list, even if it is empty: null would mean the last row.
  const int32_t none = 0;
  batch.logit_rows = rows.empty() ? &none : rows.data();
  batch.logit_row_count = uint32_t(rows.size());
  return session.forward(batch, status);
}

Logits golden::forwardAll(Session &session, Sequence sequence,
                          llvm::ArrayRef<int32_t> tokens, Status &status) {
  std::vector<int32_t> rows(tokens.size());
  std::iota(rows.begin(), rows.end(), 0);
  return forwardRows(session, sequence, tokens, rows, status);
}
