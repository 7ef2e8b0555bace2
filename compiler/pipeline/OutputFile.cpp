//===- OutputFile.cpp - Text files that appear whole or not at all --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/OutputFile.h"
#include "compiler/artifact/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include <cerrno>

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
  Expected<artifact::OutputFile> file =
      artifact::OutputFile::create(path, text.size());
  if (!file)
    return file.takeError();
  if (!file->write(0, arrayRefFromStringRef(text)))
    return file->fail("write", errno);
  return file->commit();
}
