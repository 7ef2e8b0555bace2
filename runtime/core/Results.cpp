//===- Results.cpp - What an entry point computes -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"

using namespace swage;
using namespace swage::runtime;
using schema::Role;
using ull = unsigned long long;

/// What a result is called, for messages and for callers.
static const char *nounOf(Role role) {
  switch (role) {
  case Role::Hidden:
    return "hidden";
  case Role::Pooled:
    return "pooled";
  case Role::ClassLogits:
    return "class logit";
  default:
    return "logit";
  }
}

static const char *nameOf(Role role) {
  switch (role) {
  case Role::Hidden:
    return "last_hidden_state";
  case Role::Pooled:
    return "pooler_output";
  default:
    return "logits";
  }
}

Code swage::runtime::listResults(swage_session_t &s, swage_status_t *status) {
  size_t count = 0;
  for (Role role :
       {Role::Hidden, Role::Logits, Role::ClassLogits, Role::Pooled}) {
    const schema::Buffer *first = s.plans[0].buffer(role);
    for (const Plan &plan : s.plans) {
      const schema::Buffer *buffer = plan.buffer(role);
      if (!buffer != !first)
        return fail(status, SWAGE_DATA_LOSS,
                    "have %s rows in some variants of an entry point, require "
                    "them in all or none",
                    nounOf(role));
      if (buffer && (buffer->row_length() != first->row_length() ||
                     buffer->columns() != first->columns()))
        return fail(status, SWAGE_DATA_LOSS,
                    "have %s rows of %llu and %llu values in one entry point, "
                    "require the same",
                    nounOf(role), ull(first->row_length()),
                    ull(buffer->row_length()));
    }
    if (!first)
      continue;
    bool perSequence = role == Role::Pooled || role == Role::ClassLogits;
    s.results[count++] = {
        role,
        {nameOf(role), uint32_t(first->columns()), perSequence},
        first->row_length()};
    if (role == Role::Logits) {
      s.rowLength = first->row_length();
      s.info.columns = uint32_t(first->columns());
    }
  }
  s.info.result_count = uint32_t(count);
  return SWAGE_OK;
}

swage_status_code_t swage_session_result(const swage_session_t *session,
                                         size_t index,
                                         swage_result_info_t *out_result,
                                         swage_status_t *status) {
  if (!session || !out_result)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? "out_result" : "session");
  if (index >= session->info.result_count)
    return fail(status, SWAGE_NOT_FOUND,
                "have result index %zu, require less than %u", index,
                session->info.result_count);
  *out_result = session->results[index].info;
  return succeed(status);
}
