//===- ArtifactChecks.cpp - Segments and sections are in the file ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Artifact.h"
#include "runtime/schema/header.h"

using ull = unsigned long long;

namespace swage::runtime {

static Code checkSegments(const schema::Artifact &table, uint64_t tableEnd,
                          uint64_t fileSize, swage_status_t *status) {
  for (uint32_t i = 0; i < table.segments()->size(); ++i) {
    const schema::Segment &segment = *table.segments()->Get(i);
    uint64_t offset = segment.offset();
    if (offset % schema::kSegmentAlignment)
      return fail(status, SWAGE_DATA_LOSS,
                  "segment %u: have offset %llu, require a multiple of %llu", i,
                  ull(offset), ull(schema::kSegmentAlignment));
    if (offset < tableEnd || offset > fileSize ||
        segment.size() > fileSize - offset)
      return fail(status, SWAGE_DATA_LOSS,
                  "segment %u: have bytes %llu to %llu + %llu, require them "
                  "between %llu and %llu",
                  i, ull(offset), ull(offset), ull(segment.size()),
                  ull(tableEnd), ull(fileSize));
  }
  return SWAGE_OK;
}

static Code checkSections(const schema::Artifact &table,
                          swage_status_t *status) {
  if (!table.sections())
    return SWAGE_OK;
  for (const schema::Section *section : *table.sections())
    if (section->segment() >= table.segments()->size())
      return fail(status, SWAGE_DATA_LOSS,
                  "section '%.100s': have segment %u, require less than %u",
                  section->name()->c_str(), section->segment(),
                  table.segments()->size());
  return SWAGE_OK;
}

Code checkTable(const schema::Artifact &table, uint64_t tableEnd,
                uint64_t fileSize, swage_status_t *status) {
  if (Code code = checkSegments(table, tableEnd, fileSize, status))
    return code;
  if (Code code = checkSections(table, status))
    return code;
  constexpr uint32_t kLimit = 1u << 30;
  if (table.vocab_size() == 0 || table.vocab_size() > kLimit ||
      table.max_positions() == 0 || table.max_positions() > kLimit)
    return fail(status, SWAGE_DATA_LOSS,
                "have %u vocabulary entries and %u positions, require 1 to "
                "2^30 of each",
                table.vocab_size(), table.max_positions());
  if (table.page_positions() > kLimit)
    return fail(status, SWAGE_DATA_LOSS,
                "have cache pages of %u positions, require at most 2^30",
                table.page_positions());
  for (size_t i = 0; i < table.programs()->size(); ++i)
    if (Code code = checkProgram(table, i, status))
      return code;
  return SWAGE_OK;
}

} // namespace swage::runtime
