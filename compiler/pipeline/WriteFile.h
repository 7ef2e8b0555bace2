//===- WriteFile.h - What passes and users look at, as files ----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_WRITEFILE_H
#define SWAGE_COMPILER_PIPELINE_WRITEFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace swage {

/// Writes a file beside `path` and renames it; `-` is standard output. On
/// failure the error names the path and `path` is as it was.
llvm::Error writeFile(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_WRITEFILE_H
