//===- ModelConfig.cpp - A model's config.json as a whole ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/huggingface/HuggingFace.h"
#include "llvm/ADT/StringExtras.h"

using nlohmann::json;

namespace swage::import {

static std::string listArchitectures() {
  return llvm::join(llvm::map_range(getArchitectures(),
                                    [](const Architecture *architecture) {
                                      return architecture->modelType.str();
                                    }),
                    ", ");
}

static const Architecture *readArchitecture(ConfigReader &reader) {
  const json *type = reader.find("model_type");
  if (!type) {
    reader.error("'model_type' is missing; supported are " +
                 listArchitectures());
    return nullptr;
  }
  auto found =
      llvm::find_if(getArchitectures(), [&](const Architecture *candidate) {
        return *type == candidate->modelType.str();
      });
  if (found == getArchitectures().end()) {
    reader.error("model_type: found " + describeJson(*type) +
                 ", supported are " + listArchitectures());
    return nullptr;
  }
  const json *classes = reader.find("architectures");
  json wanted = json::array({(*found)->className.str()});
  auto isOther = [&](llvm::StringRef name) {
    return *classes == json::array({name.str()});
  };
  if (classes && *classes != wanted &&
      llvm::none_of((*found)->otherClasses, isOther)) {
    std::string expected = describeJson(wanted);
    for (llvm::StringRef name : (*found)->otherClasses)
      expected += " or " + describeJson(json::array({name.str()}));
    reader.unexpected({"architectures", classes}, expected);
  }
  return *found;
}

ModelConfig readModelConfig(llvm::StringRef file, const json &root,
                            Problems &problems) {
  ModelConfig config;
  if (!root.is_object()) {
    problems.error(file + ": found " + describeJson(root) +
                   ", expected an object");
    return config;
  }
  ConfigReader reader(file, root, problems);
  config.architecture = readArchitecture(reader);
  // Other keys mean something else in an architecture that is not known.
  if (config.architecture)
    config.decoder = config.architecture->readConfig(reader);
  if (const json *quantization = reader.findObject("quantization_config"))
    config.quantization = *quantization;
  refuseUnsupportedKeys(reader);
  if (!config.architecture)
    return config;
  config.hasShapes = reader.hasShapes();
  reader.warnUnread(getIgnoredKeys());
  return config;
}

void readGenerationConfig(llvm::StringRef file, const json &root,
                          DecoderConfig &config, Problems &problems) {
  if (!root.is_object())
    return problems.error(file + ": found " + describeJson(root) +
                          ", expected an object");
  ConfigReader reader(file, root, problems);
  if (reader.find("eos_token_id"))
    config.eos = reader.readTokens("eos_token_id", config.vocabSize, {});
}

} // namespace swage::import
