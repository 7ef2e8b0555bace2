//===- Kept.h - Artifacts of released versions ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// test/artifacts has an archive for each release; the build unpacks it to a
// folder of the version's name. Their code is for x86-64-v3.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_RUNTIME_KEPT_H
#define SWAGE_TEST_UNIT_RUNTIME_KEPT_H

#include "runtime/schema/header.h"
#include "swage/cpu_kernel.h"
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace toy {

#if defined(__x86_64__)
constexpr bool kHasCodeForKept = true;
#else
constexpr bool kHasCodeForKept = false;
#endif

/// The folders, the oldest first. The build fails without any.
inline std::vector<std::filesystem::path> keptVersions() {
  std::vector<std::filesystem::path> folders;
  for (const auto &entry :
       std::filesystem::directory_iterator(SWAGE_KEPT_ARTIFACTS))
    folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// True if this version promises to run what is in the folder, whose name tells
/// the schema and the kernel ABI; else it must refuse it.
inline bool isOfThisVersion(const std::filesystem::path &folder) {
  std::string ending = "-schema" +
                       std::to_string(swage::schema::kSchemaVersion) + "-abi" +
                       std::to_string(SWAGE_CPU_KERNEL_ABI_VERSION);
  std::string name = folder.filename().string();
  return name.size() > ending.size() &&
         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

/// The newest artifact's bytes.
inline std::vector<uint8_t> keptArtifact() {
  std::ifstream file(keptVersions().back() / "model.swg", std::ios::binary);
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

} // namespace toy

#endif // SWAGE_TEST_UNIT_RUNTIME_KEPT_H
