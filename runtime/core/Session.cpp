//===- Session.cpp - Creating sessions and planning their memory ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"
#include <algorithm>
#include <cstdio>

using namespace swage;
using namespace swage::runtime;
using schema::BufferKind;
using schema::Role;
using schema::Symbol;
using ull = unsigned long long;

namespace {

/// The steps of swage_session_create, in order.
class SessionBuilder {
public:
  SessionBuilder(swage_session_t &session, const swage_session_options_t &given,
                 swage_status_t *status)
      : s(session), given(given), status(status) {}

  Code build();

private:
  Code chooseSizes();
  Code chooseEntryPoint();
  Code chooseCache();
  Code makePlans();
  Code checkCoverage();
  Code reserveState();
  Code reserveTransients();
  Code listResults() { return runtime::listResults(s, status); }
  Code measureLogits(uint64_t &most);
  uint64_t measureResult(const Result &result) const;
  Code reserveResults();
  Code makeSequences();
  Code outOfMemory() {
    return fail(status, SWAGE_OUT_OF_MEMORY, "cannot allocate a session");
  }
  bool isChosen(const schema::Variant &variant) const;
  Symbols maxima(const schema::Variant &variant) const;

  swage_session_t &s;
  const swage_session_options_t &given;
  swage_status_t *status;
  const schema::EntryPoint *entry = nullptr;
};

} // namespace

Code SessionBuilder::build() {
  using Stage = Code (SessionBuilder::*)();
  for (Stage stage :
       {&SessionBuilder::chooseEntryPoint, &SessionBuilder::chooseSizes,
        &SessionBuilder::chooseCache, &SessionBuilder::makePlans,
        &SessionBuilder::checkCoverage, &SessionBuilder::listResults,
        &SessionBuilder::reserveState, &SessionBuilder::reserveTransients,
        &SessionBuilder::reserveResults, &SessionBuilder::makeSequences})
    if (Code code = (this->*stage)())
      return code;
  for (Plan &plan : s.plans)
    if (Code code = plan.bind(s.host(), *s.module, s.memory, status))
      return code;
  return SWAGE_OK;
}

Code SessionBuilder::chooseSizes() {
  const swage_module_info_t &model = s.module->info;
  swage_session_info_t &info = s.info;
  info.context = given.context ? given.context
                               : std::min<uint32_t>(model.max_positions, 4096);
  info.max_sequences = given.max_sequences ? given.max_sequences : 1;
  info.max_rows = given.max_rows ? given.max_rows : 512;
  // A whole sequence is computed at once.
  if (info.whole_sequences && !given.max_rows)
    info.max_rows = std::max(info.max_rows, info.context);
  info.max_logit_rows = info.whole_sequences   ? info.max_rows
                        : given.max_logit_rows ? given.max_logit_rows
                                               : info.max_sequences;
  if (info.context > model.max_positions)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have context %u, require at most %u, the model's positions",
                info.context, model.max_positions);
  constexpr uint32_t kLimit = 1u << 20;
  if (info.max_sequences > kLimit || info.max_rows > kLimit ||
      info.max_logit_rows > kLimit)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %u sequences, %u rows and %u logit rows, require at most "
                "2^20 of each",
                info.max_sequences, info.max_rows, info.max_logit_rows);
  if (model.page_positions) {
    s.tableStride =
        (info.context + model.page_positions - 1) / model.page_positions;
    uint64_t pages = uint64_t(s.tableStride) * info.max_sequences;
    if (pages >= 1u << 31)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "have %llu cache pages, require less than 2^31; lower the "
                  "context or the number of sequences",
                  ull(pages));
    s.pageCount = uint32_t(pages);
  }
  return SWAGE_OK;
}

Code SessionBuilder::chooseEntryPoint() {
  const auto &entries = s.module->entryPoints;
  const char *name = given.entry_point     ? given.entry_point
                     : entries.size() == 1 ? entries[0].name
                                           : "forward";
  for (const schema::EntryPoint *candidate : *s.module->program->entry_points())
    if (strcmp(candidate->name()->c_str(), name) == 0) {
      entry = candidate;
      s.info.entry_point = candidate->name()->c_str();
      s.info.whole_sequences = candidate->whole_sequences();
      return SWAGE_OK;
    }
  return fail(status, SWAGE_NOT_FOUND,
              "have no entry point '%.60s', require one of %zu, such as "
              "'%.60s'",
              name, entries.size(), entries.size() ? entries[0].name : "none");
}

Code SessionBuilder::chooseCache() {
  const schema::Variant &first = *entry->variants()->Get(0);
  if (!given.kv_cache) {
    s.info.kv_cache = first.kv_cache() ? first.kv_cache()->c_str() : nullptr;
    return SWAGE_OK;
  }
  for (const schema::Variant *variant : *entry->variants())
    if (variant->kv_cache() &&
        strcmp(variant->kv_cache()->c_str(), given.kv_cache) == 0) {
      s.info.kv_cache = variant->kv_cache()->c_str();
      return SWAGE_OK;
    }
  // Several variants share a cache type; each is listed once.
  char known[96] = "";
  size_t used = 0;
  const auto &variants = *entry->variants();
  auto name = [&](uint32_t i) {
    const auto *cache = variants.Get(i)->kv_cache();
    return cache ? cache->c_str() : "";
  };
  for (uint32_t i = 0; i < variants.size() && used < sizeof(known); ++i) {
    bool isNew = *name(i);
    for (uint32_t k = 0; k < i; ++k)
      isNew &= strcmp(name(k), name(i)) != 0;
    if (isNew)
      used += size_t(snprintf(known + used, sizeof(known) - used, "%s%s",
                              used ? ", " : "", name(i)));
  }
  return fail(status, SWAGE_NOT_FOUND,
              "have no code for cache type '%.40s', require one that the "
              "artifact was compiled with: %s",
              given.kv_cache, used ? known : "none");
}

bool SessionBuilder::isChosen(const schema::Variant &variant) const {
  if (!variant.kv_cache() || !s.info.kv_cache)
    return !variant.kv_cache() && !s.info.kv_cache;
  return strcmp(variant.kv_cache()->c_str(), s.info.kv_cache) == 0;
}

Symbols SessionBuilder::maxima(const schema::Variant &variant) const {
  Symbols symbols;
  int64_t rows = std::min(s.info.max_rows, variant.max_rows());
  symbols[Symbol::Rows] = rows;
  symbols[Symbol::Sequences] = std::min<int64_t>(s.info.max_sequences, rows);
  symbols[Symbol::LogitRows] = std::min<int64_t>(s.info.max_logit_rows, rows);
  symbols[Symbol::Pages] = s.pageCount;
  symbols[Symbol::TableStride] = s.tableStride;
  return symbols;
}

Code SessionBuilder::makePlans() {
  const auto &variants = *entry->variants();
  size_t count = std::count_if(
      variants.begin(), variants.end(),
      [&](const schema::Variant *variant) { return isChosen(*variant); });
  if (!s.plans.allocate(s.host(), count))
    return outOfMemory();
  Plan *next = s.plans.begin();
  for (const schema::Variant *variant : variants)
    if (isChosen(*variant))
      if (Code code =
              (next++)->measure(s.host(), *variant, maxima(*variant), status))
        return code;
  return SWAGE_OK;
}

/// Any row count up to the maximum must have a variant.
Code SessionBuilder::checkCoverage() {
  uint64_t rows = 1;
  while (rows <= s.info.max_rows) {
    const Plan *plan =
        std::find_if(s.plans.begin(), s.plans.end(),
                     [&](const Plan &p) { return p.accepts(uint32_t(rows)); });
    if (plan == s.plans.end())
      return fail(status, SWAGE_UNSUPPORTED,
                  "have no code of '%.60s' for %llu rows, require it for 1 to "
                  "%u",
                  s.info.entry_point, ull(rows), s.info.max_rows);
    rows = uint64_t(plan->variant().max_rows()) + 1;
  }
  return SWAGE_OK;
}

Code SessionBuilder::reserveState() {
  const auto &buffers = *s.plans[0].variant().buffers();
  size_t count = std::count_if(buffers.begin(), buffers.end(),
                               [](const schema::Buffer *buffer) {
                                 return buffer->kind() == BufferKind::State;
                               });
  if (!s.stateBuffers.allocate(s.host(), count) ||
      !s.stateBases.allocate(s.host(), count))
    return outOfMemory();
  uint64_t total = 0, bytes;
  for (const schema::Buffer *buffer : buffers)
    if (buffer->kind() == BufferKind::State &&
        (__builtin_mul_overflow(buffer->page_bytes(), s.pageCount, &bytes) ||
         __builtin_add_overflow(total, bytes, &total)))
      return fail(status, SWAGE_OUT_OF_MEMORY,
                  "the cache of %u pages is larger than memory", s.pageCount);
  if (Code code = s.state.allocate(total, "cache", status))
    return code;
  uint8_t *at = s.state.data();
  size_t next = 0;
  for (const schema::Buffer *buffer : buffers)
    if (buffer->kind() == BufferKind::State) {
      s.stateBuffers[next] = {at, buffer->page_bytes()};
      s.stateBases[next++] = at;
      at += buffer->page_bytes() * s.pageCount;
    }
  s.memory.state = s.stateBases.data();
  s.info.state_bytes = total;
  return SWAGE_OK;
}

/// The arena and the arguments, each as large as the most demanding plan.
Code SessionBuilder::reserveTransients() {
  uint64_t rows = s.info.max_rows, sequences = s.info.max_sequences;
  uint64_t argumentBytes[SessionMemory::kRoles] = {};
  argumentBytes[size_t(Role::Tokens)] = 4 * rows;
  argumentBytes[size_t(Role::Batch)] =
      4 * (sequences + 1 + sequences + rows + sequences * s.tableStride);
  argumentBytes[size_t(Role::LogitRows)] =
      4 * std::min<uint64_t>(s.info.max_logit_rows, rows);
  for (const Plan &plan : s.plans)
    s.takesTypes |= plan.buffer(Role::TokenTypes) != nullptr;
  if (s.takesTypes)
    argumentBytes[size_t(Role::TokenTypes)] = 4 * rows;
  uint64_t arenaBytes = 0;
  for (const Plan &plan : s.plans) {
    arenaBytes = std::max(arenaBytes, plan.arenaBytes());
    for (Role role :
         {Role::Tokens, Role::Batch, Role::LogitRows, Role::TokenTypes})
      argumentBytes[size_t(role)] =
          std::max(argumentBytes[size_t(role)], plan.roleBytes(role));
  }
  if (Code code = s.arena.allocate(arenaBytes, "arena", status))
    return code;
  uint64_t total = 0;
  for (uint64_t bytes : argumentBytes)
    total += alignUp(bytes, 64);
  if (Code code = s.arguments.allocate(total, "arguments", status))
    return code;
  s.memory.arena = s.arena.data();
  uint8_t *at = s.arguments.data();
  for (size_t role = 0; role < SessionMemory::kRoles; ++role) {
    s.memory.roles[role] = at;
    at += alignUp(argumentBytes[role], 64);
  }
  s.info.arena_bytes = arenaBytes + total;
  return SWAGE_OK;
}

/// Logits of all parts of a batch stand in one matrix; each part's kernels see
/// the matrix from their first row on, with the room behind it that the size
/// expression asks for.
Code SessionBuilder::measureLogits(uint64_t &most) {
  most = s.info.max_logit_rows * s.rowLength * 4;
  for (const Plan &plan : s.plans) {
    const schema::Buffer &logits = *plan.buffer(Role::Logits);
    Symbols symbols = maxima(plan.variant());
    int64_t inOnePart = symbols[Symbol::LogitRows];
    for (int64_t rows = 1; rows <= inOnePart; ++rows) {
      symbols[Symbol::LogitRows] = rows;
      uint64_t bytes;
      if (Code code =
              evaluateSize(*logits.size(), symbols, "logits", bytes, status))
        return code;
      uint64_t before =
          uint64_t(s.info.max_logit_rows - rows) * s.rowLength * 4;
      most = std::max(most, before + bytes);
    }
  }
  return SWAGE_OK;
}

/// Other results are those of one part.
uint64_t SessionBuilder::measureResult(const Result &result) const {
  uint64_t rows =
      result.info.per_sequence ? s.info.max_sequences : s.info.max_rows;
  uint64_t most = rows * result.rowLength * 4;
  for (const Plan &plan : s.plans)
    most = std::max(most, plan.roleBytes(result.role));
  return most;
}

Code SessionBuilder::reserveResults() {
  uint64_t bytes[Result::kMax] = {}, total = 0;
  for (size_t i = 0; i < s.info.result_count; ++i) {
    const Result &result = s.results[i];
    if (result.role != Role::Logits)
      bytes[i] = measureResult(result);
    else if (Code code = measureLogits(bytes[i]))
      return code;
    total += alignUp(bytes[i], 64);
  }
  if (Code code = s.resultPages.allocate(total, "results", status))
    return code;
  uint8_t *at = s.resultPages.data();
  for (size_t i = 0; i < s.info.result_count; ++i) {
    s.memory.roles[size_t(s.results[i].role)] = at;
    at += alignUp(bytes[i], 64);
  }
  s.info.arena_bytes += total;
  return SWAGE_OK;
}

Code SessionBuilder::makeSequences() {
  const Host &host = s.host();
  size_t sequences = s.info.max_sequences, rows = s.info.max_logit_rows;
  PaddedScratch &padded = s.padded;
  if (!s.pool.allocate(host, s.pageCount) ||
      !s.sequences.allocate(host, sequences) ||
      !s.tables.allocate(host, sequences * s.tableStride) ||
      !s.parts.allocate(host, sequences) ||
      !padded.tokens.allocate(host, rows) ||
      !padded.positions.allocate(host, rows) ||
      !padded.types.allocate(host, rows) ||
      !padded.logitRows.allocate(host, rows) ||
      !padded.places.allocate(host, rows) ||
      !padded.sequences.allocate(host, sequences) ||
      !padded.texts.allocate(host, sequences))
    return outOfMemory();
  for (size_t i = 0; i < rows; ++i)
    padded.logitRows[i] = int32_t(i);
  for (size_t i = 0; i < sequences; ++i)
    s.sequences[i].pages = s.tables.data() + i * s.tableStride;
  return SWAGE_OK;
}

swage_status_code_t swage_session_create(swage_module_t *module,
                                         const swage_session_options_t *options,
                                         swage_session_t **out_session,
                                         swage_status_t *status) {
  swage_session_options_t given;
  if (Code code = readOptions(options, "session options", given, status))
    return code;
  if (!module || !out_session)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                module ? "out_session" : "module");
  auto *session = create<swage_session_t>(module->host());
  if (!session)
    return fail(status, SWAGE_OUT_OF_MEMORY, "cannot allocate a session");
  session->module = module;
  if (Code code = SessionBuilder(*session, given, status).build()) {
    destroy(module->host(), session);
    return code;
  }
  module->references.fetch_add(1);
  *out_session = session;
  return succeed(status);
}

void swage_session_destroy(swage_session_t *session) {
  if (!session)
    return;
  swage_module_t *module = session->module;
  destroy(module->host(), session);
  swage_module_destroy(module);
}

const swage_session_info_t *swage_session_info(const swage_session_t *session) {
  return session ? &session->info : nullptr;
}

void swage_session_set_profile(swage_session_t *session,
                               swage_profile_callback_t callback, void *self) {
  if (!session)
    return;
  session->profile = callback;
  session->profileSelf = self;
}
