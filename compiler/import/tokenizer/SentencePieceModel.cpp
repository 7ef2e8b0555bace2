//===- SentencePieceModel.cpp - What a tokenizer.model says ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SentencePieceModel.h"
#include "JsonNode.h"
#include "WireReader.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/ConvertUTF.h"
#include <array>
#include <cmath>

using namespace llvm;
using namespace swage::import;
using Piece = SentencePieceModel::Piece;
using PieceType = SentencePieceModel::PieceType;

/// Stores the value in `out`, or returns why there is none.
template <typename To, typename From>
static Error take(Expected<From> value, To &out) {
  if (!value)
    return value.takeError();
  out = To(*value);
  return Error::success();
}

namespace {

/// Reads one model; checks each field where it stands.
class ModelReader {
public:
  explicit ModelReader(StringRef file) : file(file) {}

  Expected<SentencePieceModel> read(StringRef bytes);

private:
  Error readPiece(const WireField &field);
  Error readTrainerSpec(const WireField &field);
  Error readNormalizerSpec(const WireField &field);
  Error checkPiece(const WireField &field, const Piece &piece,
                   const Twine &name);
  Error checkModel() const;

  StringRef file;
  SentencePieceModel model;
  StringMap<size_t> owners;
  std::optional<size_t> unknown, firstByte;
  bool hasTrainerSpec = false, hasNormalizerSpec = false;
  std::array<bool, 256> hasByte = {};
};

/// The byte that <0xNN> spells.
std::optional<unsigned> byteOf(StringRef text) {
  unsigned byte;
  if (text.size() != 6 || !text.consume_front("<0x") ||
      !text.consume_back(">") || text != text.upper() ||
      text.getAsInteger(16, byte))
    return std::nullopt;
  return byte;
}

Error ModelReader::readPiece(const WireField &field) {
  Piece piece;
  std::string name = "pieces[" + std::to_string(model.pieces.size()) + "]";
  if (model.pieces.size() > kMaximumId)
    return field.error(name, "has an id above " + Twine(kMaximumId));
  Error error = field.message(name, [&](WireField member) -> Error {
    switch (member.number) {
    case 1:
      return take(member.bytes(name + ".piece"), piece.text);
    case 2: {
      if (Error error = take(member.real(name + ".score"), piece.score))
        return error;
      if (!std::isfinite(piece.score))
        return member.error(name + ".score", "is not finite");
      return Error::success();
    }
    case 3: {
      auto type = member.integer(name + ".type");
      if (!type)
        return type.takeError();
      if (*type < 1 || *type > 6)
        return member.error(name + ".type", "found " + Twine(*type) +
                                                ", want 1 to 6 (normal, "
                                                "unknown, control, "
                                                "user-defined, unused, byte)");
      piece.type = PieceType(*type);
      return Error::success();
    }
    default:
      return Error::success();
    }
  });
  if (error)
    return error;
  if (Error error = checkPiece(field, piece, name))
    return error;
  model.pieces.push_back(std::move(piece));
  return Error::success();
}

Error ModelReader::checkPiece(const WireField &field, const Piece &piece,
                              const Twine &name) {
  size_t id = model.pieces.size();
  std::string path = (name + ".piece").str();
  if (piece.text.empty())
    return field.error(path, "is empty");
  auto *begin = reinterpret_cast<const UTF8 *>(piece.text.data());
  if (!isLegalUTF8String(&begin, begin + piece.text.size()))
    return field.error(path, "is not UTF-8");
  auto [owner, isNew] = owners.try_emplace(piece.text, id);
  if (!isNew)
    return field.error(path, "'" + piece.text + "' is pieces[" +
                                 Twine(owner->second) + "] already");
  if (piece.type == PieceType::Unknown) {
    if (unknown)
      return field.error(path, "'" + piece.text +
                                   "' is a second unknown piece, the first is "
                                   "pieces[" +
                                   Twine(*unknown) + "]");
    unknown = id;
  }
  if (piece.type == PieceType::Byte) {
    std::optional<unsigned> byte = byteOf(piece.text);
    if (!byte)
      return field.error(path, "found '" + piece.text +
                                   "' as a byte piece, want <0x00> to <0xFF>");
    hasByte[*byte] = true;
    if (!firstByte)
      firstByte = id;
  }
  return Error::success();
}

Error ModelReader::readTrainerSpec(const WireField &field) {
  return field.message("trainer_spec", [&](WireField member) -> Error {
    switch (member.number) {
    case 3: {
      StringRef name = "trainer_spec.model_type";
      auto kind = member.integer(name);
      if (!kind)
        return kind.takeError();
      if (*kind != 1 && *kind != 2)
        return member.error(name, "found " + Twine(*kind) +
                                      ", supported are 1 (unigram) and 2 "
                                      "(BPE)");
      model.kind = SentencePieceModel::Kind(*kind);
      return Error::success();
    }
    case 24:
      return take(member.boolean("trainer_spec.treat_whitespace_as_suffix"),
                  model.spaceIsSuffix);
    case 35:
      return take(member.boolean("trainer_spec.byte_fallback"),
                  model.byteFallback);
    case 41:
      return take(member.integer("trainer_spec.bos_id"), model.bosId);
    case 42:
      return take(member.integer("trainer_spec.eos_id"), model.eosId);
    default:
      return Error::success();
    }
  });
}

Error ModelReader::readNormalizerSpec(const WireField &field) {
  return field.message("normalizer_spec", [&](WireField member) -> Error {
    switch (member.number) {
    case 2:
      return take(member.bytes("normalizer_spec.precompiled_charsmap"),
                  model.charsmap);
    case 3:
      return take(member.boolean("normalizer_spec.add_dummy_prefix"),
                  model.addDummyPrefix);
    case 4:
      return take(member.boolean("normalizer_spec.remove_extra_whitespaces"),
                  model.removeExtraSpaces);
    case 5:
      return take(member.boolean("normalizer_spec.escape_whitespaces"),
                  model.escapeSpaces);
    default:
      return Error::success();
    }
  });
}

/// What only the whole model can be asked.
Error ModelReader::checkModel() const {
  if (model.pieces.empty())
    return createStringError(file + ": field pieces: found none: this is no "
                                    "SentencePiece model");
  // They stand behind the pieces, and every model has them.
  if (!hasTrainerSpec || !hasNormalizerSpec)
    return createStringError(
        file + ": field " +
        (hasTrainerSpec ? "normalizer_spec" : "trainer_spec") +
        ": found none: the file is cut short");
  if (!unknown)
    return createStringError(file + ": field pieces: none is of type 2 "
                                    "(unknown), want one");
  if (firstByte && !model.byteFallback)
    return createStringError(
        file + ": field pieces[" + Twine(*firstByte) +
        "].type: found a byte piece, but trainer_spec.byte_fallback is false");
  for (unsigned byte = 0; model.byteFallback && byte < 256; ++byte)
    if (!hasByte[byte])
      return createStringError(
          file + ": field pieces: there is no byte piece for byte " +
          Twine(byte) + ", but trainer_spec.byte_fallback is true");
  return Error::success();
}

Expected<SentencePieceModel> ModelReader::read(StringRef bytes) {
  Error error = readMessage(file, "", bytes, 0, [&](WireField field) -> Error {
    switch (field.number) {
    case 1:
      return readPiece(field);
    case 2:
      hasTrainerSpec = true;
      return readTrainerSpec(field);
    case 3:
      hasNormalizerSpec = true;
      return readNormalizerSpec(field);
    case 5:
      return field.message("denormalizer_spec", [](WireField member) -> Error {
        StringRef name = "denormalizer_spec.precompiled_charsmap";
        if (member.number != 2)
          return Error::success();
        auto charsmap = member.bytes(name);
        if (!charsmap)
          return charsmap.takeError();
        return charsmap->empty()
                   ? Error::success()
                   : member.error(name, "found " + Twine(charsmap->size()) +
                                            " bytes, want none: rewriting what "
                                            "is decoded is not supported");
      });
    default:
      return Error::success();
    }
  });
  if (error)
    return std::move(error);
  if (Error error = checkModel())
    return std::move(error);
  model.unknownId = int32_t(*unknown);
  return std::move(model);
}

} // namespace

Expected<SentencePieceModel>
swage::import::readSentencePieceModel(StringRef file, StringRef bytes) {
  return ModelReader(file).read(bytes);
}
