//===- Writer.cpp - Writes artifacts -------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Writer.h"
#include "compiler/artifact/Checksum.h"
#include "compiler/artifact/Table.h"
#include "runtime/schema/header.h"
#include "llvm/Support/MathExtras.h"
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>

using swage::schema::crc32c;

namespace swage::artifact {

namespace {

/// About as much as is packed and written at a time.
constexpr uint64_t kPieceBytes = 4 << 20;

/// A range of a weight, and its checksum once it is written.
struct Piece {
  size_t weight;
  uint64_t begin, size;
  uint32_t checksum = 0;
};

/// The part of a file that the artifact takes.
struct Place {
  const OutputFile &file;
  uint64_t start;

  bool write(uint64_t offset, llvm::ArrayRef<uint8_t> bytes) const {
    return file.write(start + offset, bytes);
  }
};

std::vector<Piece> cutWeights(const Layout &layout) {
  std::vector<Piece> pieces;
  for (auto [index, weight] : llvm::enumerate(layout.weights)) {
    uint64_t size = weight.payload->getSize();
    uint64_t granule = weight.payload->getGranule();
    uint64_t step = std::max<uint64_t>(kPieceBytes / granule, 1) * granule;
    for (uint64_t begin = 0; begin < size; begin += step)
      pieces.push_back({index, begin, std::min(step, size - begin)});
  }
  return pieces;
}

/// Packs and writes pieces of weights on several threads.
class WeightWriter {
public:
  WeightWriter(Place file, const Layout &layout, const WriteOptions &options)
      : file(file), layout(layout), options(options),
        pieces(cutWeights(layout)) {
    for (const Piece &piece : pieces)
      total += piece.size;
  }

  /// The first error number, or 0.
  int run() {
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < options.threads && i < pieces.size(); ++i)
      threads.emplace_back([this] { work(); });
    work();
    for (std::thread &thread : threads)
      thread.join();
    return error;
  }

  /// Sets the weights' checksums and returns that of their segment.
  uint32_t sum(Layout &layout) const {
    for (WeightPlace &weight : layout.weights)
      weight.checksum = 0;
    for (const Piece &piece : pieces) {
      uint32_t &checksum = layout.weights[piece.weight].checksum;
      checksum = combineChecksums(checksum, piece.checksum, piece.size);
    }
    const std::array<uint8_t, schema::kWeightAlignment> zeros = {};
    uint32_t segment = 0;
    uint64_t end = 0;
    for (const WeightPlace &weight : layout.weights) {
      uint64_t size = weight.payload->getSize();
      segment = crc32c(zeros.data(), weight.offset - end, segment);
      segment = combineChecksums(segment, weight.checksum, size);
      end = weight.offset + size;
    }
    return segment;
  }

private:
  void work() {
    std::vector<uint8_t> buffer;
    for (size_t i; error == 0 && (i = next++) < pieces.size();) {
      Piece &piece = pieces[i];
      const WeightPlace &weight = layout.weights[piece.weight];
      buffer.resize(piece.size);
      weight.payload->write(piece.begin, buffer);
      piece.checksum = crc32c(buffer.data(), buffer.size());
      uint64_t offset = layout.segments.back().offset + weight.offset;
      if (!file.write(offset + piece.begin, buffer))
        error = errno;
      report(weight.name, piece.size);
    }
  }

  void report(llvm::StringRef weight, uint64_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    done += bytes;
    if (options.progress)
      options.progress(weight, done, total);
  }

  Place file;
  const Layout &layout;
  const WriteOptions &options;
  std::vector<Piece> pieces;
  std::atomic<size_t> next = 0;
  std::atomic<int> error = 0;
  std::mutex mutex;
  uint64_t done = 0, total = 0;
};

} // namespace

std::vector<uint8_t> makeFront(const Artifact &artifact, Layout &layout) {
  std::vector<llvm::ArrayRef<uint8_t>> contents;
  for (const Program &program : artifact.programs)
    for (const Executable &executable : program.executables)
      contents.push_back(executable.code);
  for (const Section &section : artifact.sections)
    contents.push_back(section.bytes);
  std::vector<uint8_t> front(
      layout.weights.empty() ? layout.fileSize : layout.segments.back().offset);
  for (auto [segment, bytes] : llvm::zip(layout.segments, contents)) {
    segment.checksum = crc32c(bytes.data(), bytes.size());
    llvm::copy(bytes, front.begin() + long(segment.offset));
  }
  std::vector<uint8_t> table = makeTable(artifact, layout);
  llvm::copy(table, front.begin() + long(schema::kHeaderSize));
  schema::Header header;
  header.fileSize = layout.fileSize;
  header.tableSize = table.size();
  header.tableChecksum = crc32c(table.data(), table.size());
  schema::writeHeader(header, front.data());
  return front;
}

llvm::Error writeArtifactInto(const OutputFile &file, uint64_t offset,
                              const Artifact &artifact, Layout &layout,
                              const WriteOptions &options) {
  Place place = {file, offset};
  if (!layout.weights.empty()) {
    WeightWriter writer(place, layout, options);
    if (int error = writer.run())
      return file.fail("write", error);
    layout.segments.back().checksum = writer.sum(layout);
    if (options.onWeights)
      if (llvm::Error error = options.onWeights(
              file.getDescriptor(), offset + layout.segments.back().offset))
        return error;
  }
  if (!place.write(0, makeFront(artifact, layout)))
    return file.fail("write", errno);
  return llvm::Error::success();
}

llvm::Error writeArtifact(llvm::StringRef path, const Artifact &artifact,
                          const WriteOptions &options) {
  Layout layout(artifact);
  layout.place(makeTable(artifact, layout).size());
  llvm::Expected<OutputFile> file = OutputFile::create(path, layout.fileSize);
  if (!file)
    return file.takeError();
  if (llvm::Error error =
          writeArtifactInto(*file, 0, artifact, layout, options))
    return error;
  return file->commit();
}

} // namespace swage::artifact
