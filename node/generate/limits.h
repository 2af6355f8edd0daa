// Bounds on what an app can put into generated text. Each with its reason.
#pragma once

#include <cstddef>

namespace syncline::generate::limits {

// Of a description in a comment: more is documentation, and belongs elsewhere.
inline constexpr size_t kDescriptionBytesMax = 1000;
inline constexpr size_t kDescriptionLinesMax = 12;
// Of "enum" in a comment, and of a default: enough to recognise it.
inline constexpr size_t kAllowedBytesMax = 300;
// A default whose text is longer is told in a comment, cut, and not written as code.
inline constexpr size_t kDefaultBytesMax = 1000;
// Comments are broken at this column.
inline constexpr size_t kCommentColumns = 100;
// All files together: 10,000 types of 10,000 fields would be gigabytes.
inline constexpr size_t kOutputBytesMax = 64u << 20;
// Of one --package: compilers have limits of their own, and paths too.
inline constexpr size_t kPackageBytesMax = 200;

}  // namespace syncline::generate::limits
