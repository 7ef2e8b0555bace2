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

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace toy {

/// The folders, the oldest first; none on machines without this code.
inline std::vector<std::filesystem::path> keptVersions() {
  std::vector<std::filesystem::path> folders;
#if defined(__x86_64__)
  for (const auto &entry :
       std::filesystem::directory_iterator(SWAGE_KEPT_ARTIFACTS))
    folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
#endif
  return folders;
}

/// The newest artifact's bytes; empty if there is none.
inline std::vector<uint8_t> keptArtifact() {
  std::vector<std::filesystem::path> folders = keptVersions();
  if (folders.empty())
    return {};
  std::ifstream file(folders.back() / "model.swg", std::ios::binary);
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

} // namespace toy

#endif // SWAGE_TEST_UNIT_RUNTIME_KEPT_H
