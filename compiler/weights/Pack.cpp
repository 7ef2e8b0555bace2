//===- Pack.cpp - Weights in the layout that kernels read ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Pack.h"
#include "compiler/weights/Packers.h"
#include "dialects/compression/Compression.h"
#include "dialects/compression/GroupLayout.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swage::weights {

Payload::~Payload() = default;

static llvm::Error fail(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

/// The tensor of that name, if its type is `type`.
static llvm::Expected<const TensorInfo *> findTensor(const TensorSource &source,
                                                     llvm::StringRef name,
                                                     RankedTensorType type) {
  const TensorInfo *tensor = source.find(name);
  if (!tensor)
    return fail("tensor '" + name + "' is not in the model's files");
  if (type.getShape() != ArrayRef<int64_t>(tensor->shape) ||
      tensor->getWeightType(type.getContext()) != type.getElementType()) {
    std::string wanted;
    llvm::raw_string_ostream(wanted) << type;
    return fail("tensor '" + name + "' in " + tensor->file + ": found " +
                tensor->describe() + ", expected " + wanted);
  }
  return tensor;
}

llvm::Expected<std::unique_ptr<Payload>>
packWeight(const TensorSource &source, llvm::ArrayRef<llvm::StringRef> names,
           llvm::ArrayRef<RankedTensorType> types, Attribute layout) {
  auto interface = dyn_cast<compression::LayoutAttrInterface>(layout);
  if (!interface || names.empty() || names.size() != types.size())
    return fail("expected a layout and as many types as names");
  if (std::string why = interface.checkParts(types); !why.empty())
    return fail("weight '" + names.front() + "': " + why);
  std::vector<const TensorInfo *> parts;
  for (auto [name, type] : llvm::zip_equal(names, types)) {
    llvm::Expected<const TensorInfo *> tensor = findTensor(source, name, type);
    if (!tensor)
      return tensor.takeError();
    parts.push_back(*tensor);
  }
  using Result = llvm::Expected<std::unique_ptr<Payload>>;
  return llvm::TypeSwitch<Attribute, Result>(layout)
      .Case([&](compression::RowTilesAttr attr) -> Result {
        return makeRowTiles(source, std::move(parts), attr.getRows(),
                            attr.getInterleave(), attr.getAlternating());
      })
      .Case([&](compression::GroupTilesAttr attr) -> Result {
        auto type =
            cast<compression::GroupType>(types.front().getElementType());
        return makeGroupTiles(source, std::move(parts), type, attr.getRows(),
                              attr.getAlternating());
      })
      .Case([&](compression::RowMajorAttr attr) -> Result {
        return makeRowMajor(source, std::move(parts), attr.getPad());
      })
      .Default([&](Attribute) -> Result {
        std::string text;
        llvm::raw_string_ostream(text) << layout;
        return fail("weight '" + names.front() + "': no packer for layout " +
                    text);
      });
}

} // namespace swage::weights
