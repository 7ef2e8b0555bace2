//===- WriteFile.cpp - What passes and users look at, as files ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/WriteFile.h"
#include "compiler/artifact/OutputFile.h"

using namespace llvm;

Error swage::writeFile(StringRef path,
                       function_ref<void(raw_ostream &)> write) {
  if (path == "-") {
    write(outs());
    outs().flush();
    return Error::success();
  }
  std::string text;
  raw_string_ostream os(text);
  write(os);
  return artifact::writeFile(path, text);
}
