//===- CompressedConfig.cpp - How compressed-tensors names schemes --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/CompressedConfig.h"
#include "compiler/import/Json.h"
#include "llvm/Support/Regex.h"

using nlohmann::json;

namespace swage::import {

static bool namesModule(llvm::StringRef target, llvm::StringRef module) {
  if (target.consume_front("re:"))
    return llvm::Regex(("^(" + target + ")").str()).match(module);
  return target == module;
}

const CompressedScheme *
CompressedConfig::findScheme(llvm::StringRef module) const {
  if (schemes.size() == 1)
    return &schemes.front();
  for (const CompressedScheme &scheme : schemes)
    if (llvm::any_of(scheme.targets, [&](llvm::StringRef target) {
          return namesModule(target, module);
        }))
      return &scheme;
  for (const CompressedScheme &scheme : schemes)
    if (llvm::is_contained(scheme.targets, "Linear"))
      return &scheme;
  return nullptr;
}

static std::vector<std::string> readNames(ConfigReader &config,
                                          llvm::StringRef key) {
  std::vector<std::string> names;
  const json *list = config.find(key);
  if (!list)
    return names;
  bool ok = list->is_array();
  for (size_t i = 0; ok && i < list->size(); ++i) {
    ok = (*list)[i].is_string();
    if (!ok)
      break;
    names.push_back((*list)[i].get<std::string>());
    llvm::StringRef name = names.back();
    std::string why;
    if (!name.consume_front("re:"))
      continue;
    // Python's classes of characters are letters here.
    if (!llvm::Regex(name).isValid(why))
      config.error(key + ": " + describeJson((*list)[i]) +
                   " is no regular expression: " + why);
    else if (llvm::Regex("\\\\[a-zA-Z]").match(name))
      config.error(key + ": " + describeJson((*list)[i]) +
                   " has an escape that is not supported; write [0-9] for "
                   "\\d, and so on");
  }
  if (!ok)
    config.unexpected({key.str(), list}, "a list of names");
  return names;
}

/// Reads what a scheme says of its weights.
static void readWeights(ConfigReader &config, CompressedScheme &scheme) {
  // How the scales were found.
  for (llvm::StringRef key :
       {"observer", "observer_kwargs", "scale_dtype", "zp_dtype"})
    config.find(key);
  std::string type = config.readString("type", "int");
  scheme.isFloat = type == "float";
  if (type != "int" && type != "float")
    config.error("type: found \"" + type + "\", supported are int and float");
  scheme.bits = config.readSize("num_bits", 8);
  if (scheme.isFloat && scheme.bits != 8)
    config.error("num_bits: found " + llvm::Twine(scheme.bits) +
                 ", supported are floats of 8");
  scheme.symmetric = config.readFlag("symmetric", true);
  if (config.readFlag("dynamic", false))
    config.error("dynamic: found true, but weights have scales of their own");
  std::string strategy = config.readString("strategy", "channel");
  if (strategy == "tensor")
    scheme.strategy = ScaleStrategy::Tensor;
  else if (strategy == "group")
    scheme.strategy = ScaleStrategy::Group;
  else if (strategy == "block")
    scheme.strategy = ScaleStrategy::Block;
  else if (strategy != "channel")
    config.error("strategy: found \"" + strategy +
                 "\", supported are tensor, channel, group and block");
  const json *block = config.find("block_structure");
  if (scheme.strategy == ScaleStrategy::Block) {
    auto isSize = [](const json &value) {
      return value.is_number_unsigned() && value > 0 && value <= 1 << 20;
    };
    if (scheme.isFloat && block && block->is_array() && block->size() == 2 &&
        llvm::all_of(*block, isSize)) {
      scheme.blockRows = (*block)[0].get<int64_t>();
      scheme.blockColumns = (*block)[1].get<int64_t>();
    } else {
      config.error("strategy: found \"block\", which needs floats and a "
                   "block_structure such as [128, 128]");
    }
  }
  const json *size = config.find("group_size");
  if (scheme.strategy == ScaleStrategy::Group)
    scheme.groupSize = config.readSize("group_size");
  else if (size && *size != -1)
    config.unexpected({"group_size", size},
                      "none with the strategy \"" + strategy + "\"");
  if (const json *order = config.find("actorder")) {
    scheme.ordered = *order == "group" || *order == "dynamic" || *order == true;
    // Otherwise columns are where they were.
    if (!scheme.ordered && *order != "weight" && *order != "static" &&
        *order != false)
      config.unexpected({"actorder", order}, "group or weight");
  }
}

/// Whether rows are quantized in a way that kernels have.
static bool readActivations(ConfigReader &config) {
  for (llvm::StringRef key :
       {"observer", "observer_kwargs", "scale_dtype", "zp_dtype", "actorder",
        "block_structure", "group_size"})
    config.find(key);
  bool known = config.readString("type", "int") == "int";
  known &= config.readSize("num_bits", 8) == 8;
  known &= config.readFlag("symmetric", true);
  known &= config.readString("strategy", "token") == "token";
  const json *dynamic = config.find("dynamic");
  known &= dynamic && *dynamic == true;
  if (!known)
    config.warning("this way to quantize activations is not supported; they "
                   "are computed as for weights alone");
  return known;
}

static CompressedScheme readScheme(ConfigReader &config, llvm::StringRef name,
                                   llvm::StringRef format) {
  CompressedScheme scheme;
  scheme.name = name.str();
  scheme.targets = readNames(config, "targets");
  scheme.format = config.readString("format", format);
  if (const json *weights = config.findObject("weights")) {
    ConfigReader nested = config.nested("weights", *weights);
    readWeights(nested, scheme);
    nested.refuseUnread();
  } else {
    config.error("weights: expected an object that says how weights are "
                 "quantized");
  }
  if (const json *rows = config.findObject("input_activations")) {
    ConfigReader nested = config.nested("input_activations", *rows);
    scheme.quantizesRows = readActivations(nested);
    nested.refuseUnread();
  }
  config.refuseUnread();
  return scheme;
}

CompressedConfig readCompressedConfig(ConfigReader &config) {
  for (llvm::StringRef key : {"version", "global_compression_ratio", "ignore"})
    config.find(key);
  std::string status = config.readString("quantization_status", "compressed");
  if (status != "compressed" && status != "frozen")
    config.error("quantization_status: found \"" + status +
                 "\", supported is compressed");
  CompressedConfig read;
  std::string format = config.readString("format", "dense");
  if (const json *groups = config.findObject("config_groups"))
    for (const auto &[name, group] : groups->items()) {
      std::string path = "config_groups." + name;
      if (!group.is_object()) {
        config.unexpected({path, &group}, "an object");
        continue;
      }
      ConfigReader nested = config.nested(path, group);
      read.schemes.push_back(readScheme(nested, name, format));
    }
  read.sparsity = "dense";
  if (const json *sparsity = config.findObject("sparsity_config");
      sparsity && !sparsity->empty()) {
    ConfigReader nested = config.nested("sparsity_config", *sparsity);
    for (llvm::StringRef key :
         {"global_sparsity", "ignore", "targets", "registry_requires_subclass",
          "sparsity_structure"})
      nested.find(key);
    read.sparsity = nested.readString("format", "dense");
    nested.refuseUnread();
  }
  return read;
}

} // namespace swage::import
