//===- ArtifactWriter.cpp - Write an artifact to a file -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/ArtifactWriter.h"
#include "runtime/schema/crc32c.h"
#include "runtime/schema/header.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include <atomic>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace swage;
using namespace swage::artifact;

/// Bytes of a weight that a thread makes at a time.
static constexpr uint64_t kPieceBytes = uint64_t(4) << 20;

static llvm::Error cannotWrite(llvm::StringRef path, llvm::StringRef why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "cannot write '%s': %s", path.str().c_str(),
                                 why.str().c_str());
}

/// Writes all of `bytes` at `offset`; errno says why it failed.
static bool writeAt(int fd, llvm::ArrayRef<uint8_t> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), off_t(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes = bytes.drop_front(size_t(written));
    offset += uint64_t(written);
  }
  return true;
}

static llvm::ArrayRef<uint8_t> asBytes(llvm::ArrayRef<char> chars) {
  return {reinterpret_cast<const uint8_t *>(chars.data()), chars.size()};
}

/// The table as bytes. Defaults are written too, so that the size does not
/// depend on checksums that are known last.
static flatbuffers::DetachedBuffer
serializeTable(const schema::ArtifactT &table) {
  flatbuffers::FlatBufferBuilder builder;
  builder.ForceDefaults(true);
  builder.Finish(schema::CreateArtifact(builder, &table),
                 schema::ArtifactIdentifier());
  return builder.Release();
}

namespace {

/// Makes and writes the weights of all segments with several threads: each
/// weight by one thread, so that its checksum runs along.
class WeightWriter {
public:
  WeightWriter(int fd, uint64_t total, WriteProgress progress)
      : fd(fd), total(total), progress(progress) {}

  void add(WeightContent &content, uint64_t segmentOffset) {
    jobs.push_back({&content, segmentOffset});
  }

  /// The first error number, or 0.
  int run(unsigned threads) {
    std::vector<std::thread> workers;
    for (unsigned i = 1; i < threads; ++i)
      workers.emplace_back([this] { work(); });
    work();
    for (std::thread &worker : workers)
      worker.join();
    return error;
  }

private:
  struct Job {
    WeightContent *content;
    uint64_t segmentOffset;
  };

  void work() {
    std::vector<uint8_t> buffer;
    for (size_t job = next++; job < jobs.size() && !error; job = next++)
      write(jobs[job], buffer);
  }

  void write(Job &job, std::vector<uint8_t> &buffer) {
    const weights::Payload &payload = *job.content->payload;
    schema::WeightT &weight = *job.content->weight;
    uint64_t granule = payload.getGranule();
    uint64_t piece = std::max(kPieceBytes / granule, uint64_t(1)) * granule;
    uint32_t checksum = 0;
    for (uint64_t begin = 0; begin < payload.getSize(); begin += piece) {
      buffer.resize(std::min(piece, payload.getSize() - begin));
      payload.write(begin, buffer);
      checksum = schema::crc32c(buffer.data(), buffer.size(), checksum);
      if (!writeAt(fd, buffer, job.segmentOffset + weight.offset + begin)) {
        int none = 0;
        error.compare_exchange_strong(none, errno ? errno : EIO);
        return;
      }
      std::lock_guard<std::mutex> lock(mutex);
      done += buffer.size();
      progress(weight.name, done, total);
    }
    weight.checksum = checksum;
  }

  int fd;
  uint64_t total, done = 0;
  WriteProgress progress;
  std::vector<Job> jobs;
  std::atomic<size_t> next{0};
  std::atomic<int> error{0};
  std::mutex mutex;
};

} // namespace

/// Places the weights of a segment one after the other and returns its size.
static uint64_t layOutSegment(SegmentContent &content) {
  if (content.weights.empty())
    return content.bytes.size();
  uint64_t offset = 0;
  for (WeightContent &weight : content.weights) {
    weight.weight->offset = llvm::alignTo(offset, schema::kWeightAlignment);
    weight.weight->size = weight.payload->getSize();
    offset = weight.weight->offset + weight.weight->size;
  }
  return offset;
}

/// Fills in sizes, offsets and the checksums of what is at hand. Returns the
/// size of the file.
static uint64_t layOut(schema::ArtifactT &table,
                       std::vector<SegmentContent> &segments) {
  table.segments.clear();
  for (SegmentContent &content : segments) {
    auto segment = std::make_unique<schema::SegmentT>();
    segment->size = layOutSegment(content);
    segment->checksum =
        schema::crc32c(content.bytes.data(), content.bytes.size());
    table.segments.push_back(std::move(segment));
  }
  uint64_t end = schema::kHeaderSize + serializeTable(table).size();
  for (auto &segment : table.segments) {
    segment->offset = llvm::alignTo(end, schema::kSegmentAlignment);
    end = segment->offset + segment->size;
  }
  return end;
}

/// Writes header and table in front of the segments.
static bool writeFront(int fd, const schema::ArtifactT &table,
                       uint64_t fileSize) {
  flatbuffers::DetachedBuffer bytes = serializeTable(table);
  schema::Header header;
  header.fileSize = fileSize;
  header.tableSize = bytes.size();
  header.tableChecksum = schema::crc32c(bytes.data(), bytes.size());
  uint8_t front[schema::kHeaderSize];
  schema::writeHeader(header, front);
  return writeAt(fd, front, 0) &&
         writeAt(fd, {bytes.data(), bytes.size()}, schema::kHeaderSize);
}

llvm::Expected<WriteResult>
artifact::writeArtifact(llvm::StringRef path, schema::ArtifactT &table,
                        std::vector<SegmentContent> &segments, unsigned threads,
                        WriteProgress progress) {
  WriteResult result;
  result.fileBytes = layOut(table, segments);
  for (SegmentContent &content : segments)
    for (WeightContent &weight : content.weights)
      result.weightBytes += weight.weight->size;

  llvm::Expected<llvm::sys::fs::TempFile> file =
      llvm::sys::fs::TempFile::create(path + ".tmp-%%%%%%", 0644);
  if (!file)
    return cannotWrite(path, llvm::toString(file.takeError()));
  auto giveUp = [&](int error) {
    llvm::consumeError(file->discard());
    return cannotWrite(path, llvm::sys::StrError(error));
  };

  // The whole file is reserved first: a full disk shows before the long work.
  if (int error = ::posix_fallocate(file->FD, 0, off_t(result.fileBytes)))
    return giveUp(error);
  WeightWriter weights(file->FD, result.weightBytes, progress);
  for (auto [content, segment] : llvm::zip(segments, table.segments)) {
    if (!writeAt(file->FD, asBytes(content.bytes), segment->offset))
      return giveUp(errno);
    for (WeightContent &weight : content.weights)
      weights.add(weight, segment->offset);
  }
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  if (int error = weights.run(threads))
    return giveUp(error);
  if (!writeFront(file->FD, table, result.fileBytes) || ::fsync(file->FD) != 0)
    return giveUp(errno);
  if (llvm::Error error = file->keep(path))
    return cannotWrite(path, llvm::toString(std::move(error)));
  return result;
}
