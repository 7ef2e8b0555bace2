//===- SafeTensorsSource.cpp - The weights of a SafeTensors model --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/safetensors/SafeTensorsSource.h"
#include "compiler/import/Json.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace swage::weights;
using nlohmann::json;

namespace swage::import {

static std::string join(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

/// What else in the folder may hold weights, for messages: ", found A, B".
static std::string listOtherWeights(llvm::StringRef folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end;
       it != end && !error; it.increment(error)) {
    llvm::StringRef name = llvm::sys::path::filename(it->path());
    if (name.ends_with(".bin") || name.ends_with(".gguf") ||
        name.ends_with(".pth") || name.ends_with(".onnx") ||
        name.ends_with(".safetensors"))
      names.push_back(name.str());
  }
  llvm::sort(names);
  return names.empty() ? "" : "; found " + llvm::join(names, ", ");
}

std::unique_ptr<SafeTensorsSource>
SafeTensorsSource::open(llvm::StringRef folder, Problems &problems) {
  std::unique_ptr<SafeTensorsSource> source(new SafeTensorsSource);
  std::string single = join(folder, "model.safetensors");
  std::string index = join(folder, "model.safetensors.index.json");
  Problems found;
  if (llvm::sys::fs::exists(single)) {
    if (SafeTensorsFile *file = source->openFile(single, found))
      for (const SafeTensorsEntry &entry : file->getEntries())
        source->addEntry(*file, entry);
  } else if (llvm::sys::fs::exists(index)) {
    source->openShards(folder, index, found);
  } else {
    found.error(folder +
                ": no weights: expected model.safetensors or "
                "model.safetensors.index.json" +
                listOtherWeights(folder));
  }
  if (!found.hasErrors())
    return source;
  problems.error(found.takeErrors());
  return nullptr;
}

SafeTensorsFile *SafeTensorsSource::openFile(llvm::StringRef path,
                                             Problems &problems) {
  auto file = SafeTensorsFile::open(path);
  if (!file) {
    problems.error(file.takeError());
    return nullptr;
  }
  return files.emplace_back(std::move(*file)).get();
}

void SafeTensorsSource::addEntry(const SafeTensorsFile &file,
                                 const SafeTensorsEntry &entry) {
  if (add(entry.info))
    data.push_back(file.getBytes(entry).data());
}

void SafeTensorsSource::openShards(llvm::StringRef folder,
                                   llvm::StringRef index, Problems &problems) {
  llvm::Expected<json> parsed = readJson(index);
  if (!parsed)
    return problems.error(parsed.takeError());
  if (!parsed->is_object() || !parsed->contains("weight_map") ||
      !(*parsed)["weight_map"].is_object())
    return problems.error(index + ": expected an object 'weight_map' that "
                                  "names the file of each tensor");
  // The tensors of each shard; sorted, so that messages come in one order.
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto &[tensor, value] : (*parsed)["weight_map"].items()) {
    std::string shard = value.is_string() ? value.get<std::string>() : "";
    if (shard.empty() || shard != llvm::sys::path::filename(shard) ||
        shard == "." || shard == "..")
      problems.error(index + ": tensor '" + tensor + "': found " +
                     describeJson(value) +
                     ", expected the name of a file in the same folder");
    else
      shards[shard].push_back(tensor);
  }
  for (const auto &[shard, tensors] : shards) {
    std::string path = join(folder, shard);
    if (!llvm::sys::fs::exists(path)) {
      problems.error(index + ": shard " + shard + " with " +
                     llvm::Twine(tensors.size()) +
                     " tensors is not in the folder");
      continue;
    }
    SafeTensorsFile *file = openFile(path, problems);
    if (!file)
      continue;
    llvm::StringMap<const SafeTensorsEntry *> entries;
    for (const SafeTensorsEntry &entry : file->getEntries())
      entries[entry.info.name] = &entry;
    for (const std::string &tensor : tensors) {
      if (const SafeTensorsEntry *entry = entries.lookup(tensor))
        addEntry(*file, *entry);
      else
        problems.error(index + ": tensor '" + tensor + "' is not in " + shard);
    }
  }
}

const uint8_t *SafeTensorsSource::read(const TensorInfo &tensor, int64_t first,
                                       int64_t,
                                       llvm::SmallVectorImpl<uint8_t> &) const {
  return data[indexOf(tensor)] + tensor.getBytes(first);
}

} // namespace swage::import
