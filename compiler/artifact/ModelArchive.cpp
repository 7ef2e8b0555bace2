//===- ModelArchive.cpp - An artifact as an archive to link ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An archive in the format of System V, which GNU and LLVM linkers read: a
// magic, then members with a header of 60 characters each. The first member
// says which member defines which symbol. The artifact's object is the last
// one: offsets in that index have 32 bits.
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/ModelArchive.h"
#include "compiler/artifact/Table.h"
#include "llvm/Support/Endian.h"
#include <cerrno>

namespace swage::artifact {
namespace {

constexpr llvm::StringLiteral kMagic = "!<arch>\n";
/// The size of a member has ten decimal digits.
constexpr uint64_t kMaxMemberBytes = 9'999'999'999;

/// Left-aligned text in a field of the header.
std::string field(llvm::StringRef text, size_t width) {
  std::string padded = text.str();
  padded.resize(width, ' ');
  return padded;
}

/// The header of a member. Nobody's file, made at no time.
std::string memberHeader(llvm::StringRef name, uint64_t bytes) {
  return field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) +
         field("644", 8) + field(std::to_string(bytes), 10) + "`\n";
}

/// Members begin at even offsets.
uint64_t padded(uint64_t bytes) { return llvm::alignTo(bytes, 2); }

uint64_t memberBytes(uint64_t contents) {
  return memberHeader("", 0).size() + padded(contents);
}

/// Lays members out one behind the other.
class Archive {
public:
  /// A member that defines `symbol`.
  void add(std::string name, std::string symbol, uint64_t bytes) {
    members.push_back({std::move(name), std::move(symbol), bytes});
  }

  uint64_t size() const {
    uint64_t size = kMagic.size() + memberBytes(indexBytes());
    for (const Member &member : members)
      size += memberBytes(member.bytes);
    return size;
  }

  /// Writes all headers; `fill` gets each member and where it begins.
  template <typename Write> bool write(const OutputFile &file, Write fill) {
    std::string head = kMagic.str() + memberHeader("/", padded(indexBytes()));
    head += index();
    uint64_t offset = kMagic.size() + memberBytes(indexBytes());
    head.resize(offset, '\0');
    if (!file.write(0, llvm::arrayRefFromStringRef(head)))
      return false;
    for (auto [i, member] : llvm::enumerate(members)) {
      std::string header = memberHeader(member.name + "/", member.bytes);
      if (!file.write(offset, llvm::arrayRefFromStringRef(header)) ||
          !fill(i, offset + header.size()))
        return false;
      offset += memberBytes(member.bytes);
    }
    return true;
  }

private:
  struct Member {
    std::string name, symbol;
    uint64_t bytes;
  };

  uint64_t indexBytes() const {
    uint64_t bytes = 4;
    for (const Member &member : members)
      bytes += 4 + member.symbol.size() + 1;
    return bytes;
  }

  /// How many symbols there are, their members' offsets, their names.
  std::string index() const {
    std::string offsets, names;
    auto append = [&](uint64_t value) {
      char bytes[4];
      llvm::support::endian::write32be(bytes, uint32_t(value));
      offsets.append(bytes, 4);
    };
    append(members.size());
    uint64_t offset = kMagic.size() + memberBytes(indexBytes());
    for (const Member &member : members) {
      append(offset);
      names += member.symbol + '\0';
      offset += memberBytes(member.bytes);
    }
    return offsets + names;
  }

  std::vector<Member> members;
};

} // namespace

llvm::Expected<OutputFile> writeModelArchive(llvm::StringRef path,
                                             const Artifact &artifact,
                                             ModelArchive contents,
                                             const WriteOptions &options) {
  Layout layout(artifact);
  layout.place(makeTable(artifact, layout).size());
  ModelObject &model = contents.model;
  model.artifactBytes = layout.fileSize;
  std::vector<uint8_t> head = makeModelObjectHead(model);
  uint64_t modelBytes = head.size() + layout.fileSize;
  if (modelBytes > kMaxMemberBytes)
    return llvm::createStringError(
        path + ": the model takes " + llvm::Twine(modelBytes) +
        " bytes, an archive's member has at most " +
        llvm::Twine(kMaxMemberBytes) +
        "; compress it with a recipe, or compile it to an artifact");

  Archive archive;
  for (auto [i, object] : llvm::enumerate(contents.kernels))
    archive.add("kernels" + std::to_string(i) + ".o", model.kernelTables[i],
                object.size());
  archive.add("model.o", model.symbol, modelBytes);
  llvm::Expected<OutputFile> file = OutputFile::create(path, archive.size());
  if (!file)
    return file.takeError();
  uint64_t artifactOffset = 0;
  bool written = archive.write(*file, [&](size_t member, uint64_t offset) {
    if (member < contents.kernels.size())
      return file->write(offset, contents.kernels[member]);
    artifactOffset = offset + head.size();
    return file->write(offset, head);
  });
  if (!written)
    return file->fail("write", errno);
  if (llvm::Error error =
          writeArtifactInto(*file, artifactOffset, artifact, layout, options))
    return std::move(error);
  return file;
}

} // namespace swage::artifact
