//===- Table.h - The FlatBuffer of an artifact ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_TABLE_H
#define SWAGE_COMPILER_ARTIFACT_TABLE_H

#include "compiler/artifact/Layout.h"

namespace swage::artifact {

/// The bytes of the table. Their number does not depend on the offsets and
/// checksums in `layout`.
std::vector<uint8_t> makeTable(const Artifact &artifact, const Layout &layout);

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_TABLE_H
