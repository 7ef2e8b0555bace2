//===- SessionBuilder.cpp - Choosing what a session is made of ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/SessionBuilder.h"
#include <algorithm>
#include <cstdio>

using namespace swage;
using namespace swage::runtime;
using schema::Symbol;
using ull = unsigned long long;

Code SessionBuilder::build() {
  using Stage = Code (SessionBuilder::*)();
  for (Stage stage :
       {&SessionBuilder::chooseEntryPoint, &SessionBuilder::chooseSizes,
        &SessionBuilder::chooseCache, &SessionBuilder::makePlans,
        &SessionBuilder::checkCoverage, &SessionBuilder::listResults,
        &SessionBuilder::measureState, &SessionBuilder::measureTransients,
        &SessionBuilder::measureResults, &SessionBuilder::checkLimits,
        &SessionBuilder::reserve})
    if (Code code = (this->*stage)())
      return code;
  for (Plan &plan : s.plans)
    if (Code code = plan.bind(*s.module, s.memory, status))
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
