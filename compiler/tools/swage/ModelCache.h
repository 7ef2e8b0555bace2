//===- ModelCache.h - Artifacts made of model folders ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_MODELCACHE_H
#define SWAGE_COMPILER_TOOLS_SWAGE_MODELCACHE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>
#include <string>
#include <vector>

namespace swage::cli {

/// The artifact of a model folder or GGUF file, for this machine, in
/// $XDG_CACHE_HOME/swage or ~/.cache/swage; compiled now if the model, the
/// machine or this program is not as it was. The artifacts that were used last
/// stay there, the others go.
std::string compileIntoCache(const std::string &model);

/// Compiles the same into a temporary file for `use`, which then goes.
void compileAside(const std::string &model,
                  llvm::function_ref<void(const std::string &)> use);

struct CachedArtifact {
  std::string path;
  uint64_t bytes;
};

/// The folder of the cache, made if there is none.
std::string cacheFolder();

/// The cache's artifacts, the one that was used longest ago first.
std::vector<CachedArtifact> listCache();

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_MODELCACHE_H
