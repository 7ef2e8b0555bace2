//===- Artifact.cpp - Mapping and checking the bytes ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Artifact.h"
#include "runtime/schema/header.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using ull = unsigned long long;

namespace swage::runtime {

Artifact::~Artifact() {
  if (mapped)
    munmap(const_cast<uint8_t *>(bytes), size);
  if (descriptor >= 0)
    close(descriptor);
}

Code Artifact::openFile(const char *path, swage_status_t *status) {
  // What is no regular file is refused, so opening it must not wait for anyone.
  descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fail(status, errno == ENOENT ? SWAGE_NOT_FOUND : SWAGE_IO,
                "cannot open '%s': %s", Shown(path).c_str(), strerror(errno));
  struct stat info;
  if (fstat(descriptor, &info) != 0)
    return fail(status, SWAGE_IO, "cannot stat '%s': %s", Shown(path).c_str(),
                strerror(errno));
  if (!S_ISREG(info.st_mode))
    return fail(status, SWAGE_IO, "'%s' is not a regular file",
                Shown(path).c_str());
  size = uint64_t(info.st_size);
  if (size < schema::kHeaderSize)
    return fail(status, SWAGE_DATA_LOSS,
                "have a file of %llu bytes, require at least %u for the header",
                ull(size), schema::kHeaderSize);
  void *memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED)
    return fail(status, SWAGE_IO, "cannot map '%s': %s", Shown(path).c_str(),
                strerror(errno));
  bytes = static_cast<const uint8_t *>(memory);
  mapped = true;
  return check(status);
}

Code Artifact::openMemory(const void *data, uint64_t dataSize,
                          swage_status_t *status) {
  if (reinterpret_cast<uintptr_t>(data) % schema::kWeightAlignment)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have data at address %p, require a multiple of 256", data);
  if (dataSize < schema::kHeaderSize)
    return fail(status, SWAGE_DATA_LOSS,
                "have %llu bytes, require at least %u for the header",
                ull(dataSize), schema::kHeaderSize);
  bytes = static_cast<const uint8_t *>(data);
  size = dataSize;
  return check(status);
}

static Code checkHeader(const uint8_t *bytes, uint64_t size,
                        swage_status_t *status) {
  schema::Header header = schema::readHeader(bytes);
  if (!schema::hasMagic(bytes))
    return fail(status, SWAGE_DATA_LOSS,
                "not an artifact: the file does not start with '%s'",
                schema::kMagic);
  uint32_t checksum = schema::crc32c(bytes, 60);
  if (checksum != header.headerChecksum)
    return fail(status, SWAGE_DATA_LOSS,
                "have a header with checksum %08x, require %08x", checksum,
                header.headerChecksum);
  if (header.version != schema::kSchemaVersion)
    return fail(status, SWAGE_UNSUPPORTED,
                "have schema version %u, require %u, which this runtime reads; "
                "%s",
                header.version, schema::kSchemaVersion,
                header.version > schema::kSchemaVersion
                    ? "update the runtime"
                    : "compile the model again");
  if (header.headerSize != schema::kHeaderSize ||
      header.tableOffset != schema::kHeaderSize)
    return fail(status, SWAGE_DATA_LOSS,
                "have header size %u and table offset %llu, require %u and %u",
                header.headerSize, ull(header.tableOffset), schema::kHeaderSize,
                schema::kHeaderSize);
  if (header.fileSize != size)
    return fail(status, SWAGE_DATA_LOSS,
                "have a file of %llu bytes, require %llu", ull(size),
                ull(header.fileSize));
  if (header.tableSize > size - schema::kHeaderSize)
    return fail(status, SWAGE_DATA_LOSS,
                "have a table of %llu bytes, require at most %llu",
                ull(header.tableSize), ull(size - schema::kHeaderSize));
  return SWAGE_OK;
}

Code Artifact::check(swage_status_t *status) {
  if (Code code = checkHeader(bytes, size, status))
    return code;
  schema::Header header = schema::readHeader(bytes);
  const uint8_t *table = bytes + header.tableOffset;
  checksum = schema::crc32c(table, header.tableSize);
  if (checksum != header.tableChecksum)
    return fail(status, SWAGE_DATA_LOSS,
                "have a table with checksum %08x, require %08x", checksum,
                header.tableChecksum);
  // FlatBuffers keeps offsets in 32 bits and asserts that sizes fit.
  if (header.tableSize >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return fail(status, SWAGE_DATA_LOSS,
                "have a table of %llu bytes, require less than 2 GiB",
                ull(header.tableSize));
  flatbuffers::Verifier verifier(table, header.tableSize);
  if (!schema::VerifyArtifactBuffer(verifier))
    return fail(status, SWAGE_DATA_LOSS,
                "the table is not a sound FlatBuffer of type '%s'",
                schema::ArtifactIdentifier());
  root = schema::GetArtifact(table);
  uint64_t tableEnd = header.tableOffset + header.tableSize;
  return checkTable(*root, tableEnd, size, status);
}

} // namespace swage::runtime
