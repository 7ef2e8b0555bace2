//===- SaveSequences.cpp - Writing sequences and their pages --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"
#include "runtime/schema/saved.h"

using namespace swage::runtime;
using swage::schema::crc32c;
using swage::schema::SavedHeader;
using swage::schema::detail::putLittle;

namespace {

/// Where bytes go: to the caller, or nowhere but into size and checksum.
class Sink {
public:
  Sink(swage_write_t write, void *self) : write(write), self(self) {}

  void add(const void *data, uint64_t size) {
    checksum = crc32c(data, size, checksum);
    bytes += size;
    failed = failed || (write && write(self, data, size) != 0);
  }
  void addNumber(uint32_t value) {
    uint8_t little[4];
    putLittle(little, value, 4);
    add(little, sizeof(little));
  }

  uint64_t bytes = 0;
  uint32_t checksum = 0;
  bool failed = false;

private:
  swage_write_t write;
  void *self;
};

/// One call of swage_session_save.
class SaveCall {
public:
  SaveCall(swage_session_t &session, const swage_sequence_t *ids, size_t count)
      : s(session), ids(ids), count(count) {}

  Code check(swage_status_t *status) const;
  /// Numbers the pages and fills in the header.
  Code measure(swage_status_t *status);
  Code write(swage_write_t write, void *self, swage_status_t *status) const;

  SavedHeader header;

private:
  void numberPages();
  void addIndex(Sink &sink) const;
  bool addPages(Sink &sink) const;
  const Sequence &sequence(size_t index) const {
    return s.sequences[size_t(ids[index])];
  }

  swage_session_t &s;
  const swage_sequence_t *ids;
  size_t count;
};

} // namespace

Code SaveCall::check(swage_status_t *status) const {
  if (s.info.whole_sequences)
    return fail(status, SWAGE_UNSUPPORTED,
                "entry point '%.60s' encodes whole texts and keeps nothing to "
                "save",
                s.info.entry_point);
  if (count == 0 || !ids)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu sequences to save%s, require at least 1", count,
                ids ? "" : " at no address");
  for (size_t i = 0; i < count; ++i)
    if (Code code = checkSequence(&s, ids[i], status))
      return code;
  return SWAGE_OK;
}

/// Sets each page's number in the saved data, in the order of first use; -1
/// for pages that are not saved.
void SaveCall::numberPages() {
  for (int32_t &number : s.pageMap)
    number = -1;
  for (size_t i = 0; i < count; ++i)
    for (uint32_t j = 0; j < sequence(i).pageCount; ++j) {
      int32_t &number = s.pageMap[size_t(sequence(i).pages[j])];
      if (number < 0)
        number = int32_t(header.pageCount++);
    }
}

void SaveCall::addIndex(Sink &sink) const {
  for (const char *name : {s.info.entry_point, s.module->info.target,
                           s.info.kv_cache ? s.info.kv_cache : ""}) {
    uint32_t length = uint32_t(strlen(name));
    sink.addNumber(length);
    sink.add(name, length);
  }
  for (size_t i = 0; i < count; ++i) {
    const Sequence &saved = sequence(i);
    sink.addNumber(saved.length);
    sink.addNumber(saved.declared);
    for (uint32_t j = 0; j < saved.pageCount; ++j)
      sink.addNumber(uint32_t(s.pageMap[size_t(saved.pages[j])]));
  }
}

Code SaveCall::measure(swage_status_t *status) {
  numberPages();
  Sink index(nullptr, nullptr);
  addIndex(index);
  if (index.bytes > UINT32_MAX)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu sequences, whose index takes %llu bytes, require "
                "less than 4 GiB",
                count, static_cast<unsigned long long>(index.bytes));
  const Artifact &artifact = s.module->artifact;
  header.artifactSize = artifact.fileSize();
  header.artifactChecksum = artifact.tableChecksum();
  header.context = s.info.context;
  header.sequenceCount = uint32_t(count);
  header.indexSize = uint32_t(index.bytes);
  header.indexChecksum = index.checksum;
  header.size = savedSize(s, header);
  return SWAGE_OK;
}

bool SaveCall::addPages(Sink &sink) const {
  // In the order of their numbers, which is that of first use.
  uint32_t next = 0;
  for (size_t i = 0; i < count; ++i)
    for (uint32_t j = 0; j < sequence(i).pageCount; ++j) {
      int32_t page = sequence(i).pages[j];
      if (uint32_t(s.pageMap[size_t(page)]) != next)
        continue;
      ++next;
      sink.checksum = 0;
      for (const StateBuffer &buffer : s.stateBuffers)
        sink.add(buffer.data + uint64_t(page) * buffer.pageBytes,
                 buffer.pageBytes);
      sink.addNumber(sink.checksum);
      if (sink.failed)
        return false;
    }
  return true;
}

Code SaveCall::write(swage_write_t to, void *self,
                     swage_status_t *status) const {
  uint8_t bytes[swage::schema::kSavedHeaderSize];
  writeSavedHeader(header, bytes);
  Sink sink(to, self);
  sink.add(bytes, sizeof(bytes));
  if (!sink.failed)
    addIndex(sink);
  if (sink.failed || !addPages(sink))
    return fail(status, SWAGE_IO,
                "the caller's function failed to write within %llu bytes, "
                "require %llu",
                static_cast<unsigned long long>(sink.bytes),
                static_cast<unsigned long long>(header.size));
  return succeed(status);
}

uint64_t swage::runtime::savedSize(const swage_session_t &session,
                                   const SavedHeader &header) {
  uint64_t pageBytes = sizeof(uint32_t); // the checksum
  for (const StateBuffer &buffer : session.stateBuffers)
    pageBytes += buffer.pageBytes;
  return swage::schema::kSavedHeaderSize + header.indexSize +
         header.pageCount * pageBytes;
}

swage_status_code_t swage_session_save(swage_session_t *session,
                                       const swage_sequence_t *sequences,
                                       size_t count, swage_write_t write,
                                       void *self, swage_status_t *status) {
  if (!session || !write)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? "function to write with" : "session");
  SaveCall call(*session, sequences, count);
  if (Code code = call.check(status))
    return code;
  if (Code code = call.measure(status))
    return code;
  return call.write(write, self, status);
}

swage_status_code_t swage_session_save_size(swage_session_t *session,
                                            const swage_sequence_t *sequences,
                                            size_t count, uint64_t *out_size,
                                            swage_status_t *status) {
  if (!session || !out_size)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? "out_size" : "session");
  SaveCall call(*session, sequences, count);
  if (Code code = call.check(status))
    return code;
  if (Code code = call.measure(status))
    return code;
  *out_size = call.header.size;
  return succeed(status);
}
