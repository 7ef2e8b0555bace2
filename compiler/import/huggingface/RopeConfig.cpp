//===- RopeConfig.cpp - Rotary parameters, old and new keys --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The same facts stand in `rope_parameters` (transformers 5) or in `rope_theta`
// and `rope_scaling` (before), whose kind is `rope_type` or, still older,
// `type`. Checkpoints with several of them exist.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "compiler/import/huggingface/DecoderConfig.h"
#include "llvm/ADT/StringSwitch.h"

using nlohmann::json;
using namespace swage::transformer;

namespace swage::import {

RopeAttr RopeConfig::getAttr(mlir::MLIRContext *context, int64_t dims) const {
  return RopeAttr::get(context, dims, llvm::APFloat(theta), scaling,
                       llvm::APFloat(factor), llvm::APFloat(lowFreqFactor),
                       llvm::APFloat(highFreqFactor), originalMaxPositions);
}

namespace {

class RopeReader {
public:
  explicit RopeReader(ConfigReader &reader)
      : reader(reader), parameters(reader.findObject("rope_parameters")),
        scaling(reader.findObject("rope_scaling")) {}

  RopeConfig read() {
    RopeConfig rope;
    refuseUnknownKeys("rope_parameters", parameters);
    refuseUnknownKeys("rope_scaling", scaling);
    if (auto theta = state("rope_theta", /*topLevel=*/true))
      rope.theta = reader.asNumber(*theta).value_or(rope.theta);
    rope.scaling = readKind();
    if (rope.scaling != RopeScaling::None)
      rope.factor = readNumber("factor", 1.0);
    if (rope.scaling == RopeScaling::Llama3)
      readLlama3(rope);
    return rope;
  }

private:
  using Statement = ConfigReader::Statement;

  static const json *member(const json *object, const char *key) {
    if (!object)
      return nullptr;
    auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
  }

  /// What the config says of `key`, wherever it says it.
  std::optional<Statement> state(const char *key, bool topLevel = false) {
    return reader.reconcile(
        {{std::string("rope_parameters.") + key, member(parameters, key)},
         {std::string("rope_scaling.") + key, member(scaling, key)},
         {key, topLevel ? reader.find(key) : nullptr}});
  }

  void refuseUnknownKeys(const char *path, const json *object) {
    static constexpr llvm::StringLiteral kKnown[] = {
        "rope_theta",
        "rope_type",
        "type",
        "factor",
        "low_freq_factor",
        "high_freq_factor",
        "original_max_position_embeddings"};
    if (!object)
      return;
    for (const auto &[key, value] : object->items())
      if (!llvm::is_contained(kKnown, key) && !value.is_null() &&
          !(key == "partial_rotary_factor" && value == 1.0))
        reader.error(llvm::Twine(path) + "." + key + ": found " +
                     describeJson(value) +
                     ", which is not supported; supported are rope_theta, "
                     "rope_type, factor, low_freq_factor, high_freq_factor and "
                     "original_max_position_embeddings");
  }

  RopeScaling readKind() {
    auto kind = reader.reconcile(
        {{"rope_parameters.rope_type", member(parameters, "rope_type")},
         {"rope_parameters.type", member(parameters, "type")},
         {"rope_scaling.rope_type", member(scaling, "rope_type")},
         {"rope_scaling.type", member(scaling, "type")}});
    if (!kind) {
      if (scaling && !scaling->empty())
        reader.error("rope_scaling: found " + describeJson(*scaling) +
                     ", expected a rope_type in it");
      return RopeScaling::None;
    }
    std::optional<std::string> name = reader.asString(*kind);
    if (!name)
      return RopeScaling::None;
    auto value = llvm::StringSwitch<std::optional<RopeScaling>>(*name)
                     .Case("default", RopeScaling::None)
                     .Case("linear", RopeScaling::Linear)
                     .Case("llama3", RopeScaling::Llama3)
                     .Default(std::nullopt);
    if (!value)
      reader.error(kind->path + ": found \"" + *name +
                   "\", supported are default, linear and llama3");
    return value.value_or(RopeScaling::None);
  }

  double readNumber(const char *key, double whenWrong) {
    if (auto value = state(key))
      return reader.asNumber(*value).value_or(whenWrong);
    reader.error(llvm::Twine("'") + key + "' is missing in " +
                 (parameters ? "rope_parameters" : "rope_scaling"));
    return whenWrong;
  }

  void readLlama3(RopeConfig &rope) {
    rope.lowFreqFactor = readNumber("low_freq_factor", 1.0);
    rope.highFreqFactor = readNumber("high_freq_factor", 2.0);
    rope.originalMaxPositions = 1;
    constexpr const char *kOriginal = "original_max_position_embeddings";
    if (auto value = state(kOriginal, /*topLevel=*/true))
      rope.originalMaxPositions = reader.asSize(*value).value_or(1);
    else
      reader.error(llvm::Twine("'") + kOriginal + "' is missing in " +
                   (parameters ? "rope_parameters" : "rope_scaling"));
    if (rope.highFreqFactor <= rope.lowFreqFactor)
      reader.error("high_freq_factor: found " +
                   describeJson(rope.highFreqFactor) +
                   ", expected more than low_freq_factor, which is " +
                   describeJson(rope.lowFreqFactor));
  }

  ConfigReader &reader;
  const json *parameters, *scaling;
};

} // namespace

RopeConfig readRopeConfig(ConfigReader &reader) {
  return RopeReader(reader).read();
}

} // namespace swage::import
