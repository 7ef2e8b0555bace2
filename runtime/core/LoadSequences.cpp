//===- LoadSequences.cpp - Sequences from what was saved of them ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sequences are read into slots that no sequence has, and their pages into
// pages that are free, so that nothing has changed until all of it is checked.
// Damage is told from what does not fit by the checksums: of the header before
// anything else, of the index at its end.
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"
#include "runtime/schema/saved.h"
#include <algorithm>

using namespace swage;
using namespace swage::runtime;
using schema::crc32c;
using schema::SavedHeader;
using ull = unsigned long long;

namespace {

/// Where bytes come from, and the checksum of those since it was set to 0.
class Source {
public:
  Source(swage_read_t read, void *self) : read(read), self(self) {}

  Code get(void *data, uint64_t size, swage_status_t *status) {
    if (size && read(self, data, size) != 0)
      return fail(status, SWAGE_IO,
                  "the caller's function failed to read %llu bytes behind "
                  "byte %llu",
                  ull(size), ull(bytes));
    bytes += size;
    checksum = crc32c(data, size, checksum);
    return SWAGE_OK;
  }
  Code getNumber(uint32_t &value, swage_status_t *status) {
    uint8_t little[4];
    Code code = get(little, sizeof(little), status);
    if (!code)
      value = uint32_t(schema::detail::getLittle(little, 4));
    return code;
  }

  uint64_t bytes = 0;
  uint32_t checksum = 0;

private:
  swage_read_t read;
  void *self;
};

/// One call of swage_session_load.
class LoadCall {
public:
  LoadCall(swage_session_t &session, swage_read_t read, void *self,
           size_t capacity, swage_status_t *status)
      : s(session), source(read, self), capacity(capacity), status(status) {}
  ~LoadCall();

  Code run();
  /// Makes the sequences live. Cannot fail.
  void commit(swage_sequence_t *ids);

  SavedHeader header;

private:
  Code readHeader();
  Code checkFits();
  Code readIndex();
  Code readNames();
  Code readName(const char *what, const char *wanted);
  Code readSequences();
  Code readSequence(uint32_t index, Sequence &slot);
  Code checkSequence(uint32_t index, const Sequence &slot);
  Code finishIndex(Code code);
  Code readPages();

  swage_session_t &s;
  Source source;
  size_t capacity;
  swage_status_t *status;
  uint32_t pagesTaken = 0; ///< s.pageMap has as many entries
};

} // namespace

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

Code LoadCall::readHeader() {
  uint8_t bytes[schema::kSavedHeaderSize];
  if (Code code = source.get(bytes, sizeof(bytes), status))
    return code;
  if (memcmp(bytes, schema::kSavedMagic, 8) != 0)
    return fail(status, SWAGE_DATA_LOSS,
                "not saved sequences: the data does not start with '%s'",
                schema::kSavedMagic);
  header = schema::readSavedHeader(bytes);
  uint32_t checksum = crc32c(bytes, 60);
  if (checksum != header.headerChecksum)
    return fail(status, SWAGE_DATA_LOSS,
                "have saved sequences with a header of checksum %08x, require "
                "%08x",
                checksum, header.headerChecksum);
  if (header.version != schema::kSavedVersion ||
      header.headerSize != schema::kSavedHeaderSize)
    return fail(status, SWAGE_UNSUPPORTED,
                "have saved sequences of version %u with a header of %u bytes, "
                "require version %u with %u; they are of another version of "
                "Swage",
                header.version, header.headerSize, schema::kSavedVersion,
                schema::kSavedHeaderSize);
  return checkFits();
}

Code LoadCall::checkFits() {
  const Artifact &artifact = s.module->artifact;
  if (header.artifactSize != artifact.fileSize() ||
      header.artifactChecksum != artifact.tableChecksum())
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have sequences of an artifact of %llu bytes with checksum "
                "%08x, require %llu and %08x, the session's own",
                ull(header.artifactSize), header.artifactChecksum,
                ull(artifact.fileSize()), artifact.tableChecksum());
  size_t room = freeSequences(s);
  if (header.sequenceCount > capacity || header.sequenceCount > room)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %u saved sequences, require at most %zu, %s",
                header.sequenceCount, std::min(capacity, room),
                capacity < room ? "the room for their ids"
                                : "the free ones of max_sequences");
  if (header.pageCount > s.pool.freeCount())
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %u saved pages, require at most %zu, the session's free "
                "ones; raise context or max_sequences",
                header.pageCount, s.pool.freeCount());
  return SWAGE_OK;
}

//===----------------------------------------------------------------------===//
// Index
//===----------------------------------------------------------------------===//

Code LoadCall::readName(const char *what, const char *wanted) {
  uint32_t length;
  if (Code code = source.getNumber(length, status))
    return code;
  // Whatever is longer than the name that is wanted is another one.
  char name[61] = "";
  bool isEqual = length == strlen(wanted);
  for (uint32_t at = 0; at < length;) {
    char part[sizeof(name) - 1];
    uint32_t size = std::min<uint32_t>(sizeof(part), length - at);
    if (source.bytes + size > schema::kSavedHeaderSize + header.indexSize)
      return fail(status, SWAGE_DATA_LOSS,
                  "the %s has %u bytes, require it within an index of %u", what,
                  length, header.indexSize);
    if (Code code = source.get(part, size, status))
      return code;
    isEqual = isEqual && memcmp(part, wanted + at, size) == 0;
    if (at == 0)
      memcpy(name, part, size);
    at += size;
  }
  if (isEqual)
    return SWAGE_OK;
  return fail(status, SWAGE_INVALID_ARGUMENT,
              "have sequences of %s '%s', require '%.60s', the session's", what,
              name, wanted);
}

Code LoadCall::readNames() {
  if (Code code = readName("entry point", s.info.entry_point))
    return code;
  if (Code code = readName("target", s.module->info.target))
    return code;
  return readName("cache type", s.info.kv_cache ? s.info.kv_cache : "");
}

/// Reads one into a slot, and the numbers of its pages in the place of pages.
Code LoadCall::readSequence(uint32_t index, Sequence &slot) {
  if (Code code = source.getNumber(slot.length, status))
    return code;
  if (Code code = source.getNumber(slot.declared, status))
    return code;
  if (s.module->program->position_lengths()) {
    // Rotary phases depend on how long a sequence may get.
    if (!slot.declared && header.context != s.info.context)
      slot.declared = header.context;
  } else if (slot.declared > s.info.context) {
    // The context is the lower bound here, and nothing else depends on it.
    slot.declared = 0;
  }
  if (Code code = checkSequence(index, slot))
    return code;
  uint32_t perPage = s.module->info.page_positions;
  slot.pageCount = perPage ? (slot.length + perPage - 1) / perPage : 0;
  for (uint32_t i = 0; i < slot.pageCount; ++i) {
    uint32_t number;
    if (Code code = source.getNumber(number, status))
      return code;
    if (number >= header.pageCount)
      return fail(status, SWAGE_DATA_LOSS,
                  "saved sequence %u, page %u: have number %u, require less "
                  "than %u",
                  index, i, number, header.pageCount);
    slot.pages[i] = int32_t(number);
  }
  return SWAGE_OK;
}

Code LoadCall::checkSequence(uint32_t index, const Sequence &slot) {
  if (slot.length > s.info.context)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "saved sequence %u: have %u tokens, require at most %u, the "
                "session's context",
                index, slot.length, s.info.context);
  if (slot.declared > s.info.context)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "saved sequence %u: have a length of %u to which its tokens "
                "are rotated, require at most %u, the session's context",
                index, slot.declared, s.info.context);
  if (slot.declared && slot.length > slot.declared)
    return fail(status, SWAGE_DATA_LOSS,
                "saved sequence %u: have %u tokens, require at most %u, its "
                "declared length",
                index, slot.length, slot.declared);
  return SWAGE_OK;
}

Code LoadCall::readSequences() {
  uint32_t index = 0;
  for (Sequence &slot : s.sequences) {
    if (index == header.sequenceCount)
      break;
    if (slot.live)
      continue;
    if (Code code = readSequence(index++, slot))
      return code;
  }
  return SWAGE_OK;
}

/// Reads what is left of the index. If its checksum is wrong, that is the
/// reason of whatever else is.
Code LoadCall::finishIndex(Code code) {
  uint64_t end = schema::kSavedHeaderSize + uint64_t(header.indexSize);
  if (code == SWAGE_IO)
    return code;
  if (!code && source.bytes != end)
    code =
        fail(status, SWAGE_DATA_LOSS, "have an index of %llu bytes, require %u",
             ull(source.bytes - schema::kSavedHeaderSize), header.indexSize);
  while (source.bytes < end) {
    uint8_t rest[256];
    if (Code failed = source.get(
            rest, std::min<uint64_t>(sizeof(rest), end - source.bytes), status))
      return failed;
  }
  if (source.bytes == end && source.checksum != header.indexChecksum)
    return fail(status, SWAGE_DATA_LOSS,
                "have saved sequences with an index of checksum %08x, require "
                "%08x",
                source.checksum, header.indexChecksum);
  return code;
}

Code LoadCall::readIndex() {
  source.checksum = 0;
  Code code = readNames();
  return finishIndex(code ? code : readSequences());
}

//===----------------------------------------------------------------------===//
// Pages
//===----------------------------------------------------------------------===//

Code LoadCall::readPages() {
  while (pagesTaken < header.pageCount) {
    int32_t page = s.pool.take();
    uint32_t number = pagesTaken;
    s.pageMap[pagesTaken++] = page;
    source.checksum = 0;
    for (const StateBuffer &buffer : s.stateBuffers)
      if (Code code =
              source.get(buffer.data + uint64_t(page) * buffer.pageBytes,
                         buffer.pageBytes, status))
        return code;
    uint32_t found = source.checksum, wanted;
    if (Code code = source.getNumber(wanted, status))
      return code;
    if (found != wanted)
      return fail(status, SWAGE_DATA_LOSS,
                  "saved page %u of %u: have bytes with checksum %08x, require "
                  "%08x",
                  number, header.pageCount, found, wanted);
  }
  return SWAGE_OK;
}

Code LoadCall::run() {
  if (Code code = readHeader())
    return code;
  if (Code code = readIndex())
    return code;
  // Pages are of one size now that entry point and cache type are the same.
  if (header.size != savedSize(s, header))
    return fail(status, SWAGE_DATA_LOSS,
                "have %llu bytes of saved sequences, require %llu for %u pages",
                ull(header.size), ull(savedSize(s, header)), header.pageCount);
  return readPages();
}

void LoadCall::commit(swage_sequence_t *ids) {
  uint32_t made = 0;
  for (Sequence &slot : s.sequences) {
    if (made == header.sequenceCount)
      break;
    if (slot.live)
      continue;
    slot.live = true;
    for (uint32_t i = 0; i < slot.pageCount; ++i) {
      slot.pages[i] = s.pageMap[size_t(slot.pages[i])];
      s.pool.share(slot.pages[i]);
    }
    ids[made++] = swage_sequence_t(&slot - s.sequences.data());
  }
}

/// Gives up the hold on the pages that were read; sequences have their own.
LoadCall::~LoadCall() {
  while (pagesTaken)
    s.pool.release(s.pageMap[--pagesTaken]);
}

swage_status_code_t swage_session_load(swage_session_t *session,
                                       swage_read_t read, void *self,
                                       swage_sequence_t *out_ids,
                                       size_t capacity, size_t *out_count,
                                       swage_status_t *status) {
  if (!session || !read || !out_ids || !out_count)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                !session   ? "session"
                : !read    ? "function to read with"
                : !out_ids ? "out_ids"
                           : "out_count");
  if (session->info.whole_sequences)
    return fail(status, SWAGE_UNSUPPORTED,
                "entry point '%.60s' encodes whole texts and keeps no "
                "sequences",
                session->info.entry_point);
  LoadCall call(*session, read, self, capacity, status);
  if (Code code = call.run())
    return code;
  call.commit(out_ids);
  *out_count = call.header.sequenceCount;
  return succeed(status);
}
