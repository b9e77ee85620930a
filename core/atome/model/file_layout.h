// Offsets and fixed values of the `.atome` container, shared by its readers (view.cc, view_compact.cc, which
// run on chips) and its writers (atome_file.cc, compact_file.cc). FORMAT.md is the specification.
#pragma once

#include <stdint.h>

namespace atome {
namespace layout {

// As PNG's: a byte that 7-bit channels spoil, CR LF and LF that text-mode transfers spoil, and Ctrl-Z.
constexpr uint8_t kMagic[8] = {0x89, 'A', 'T', 'M', 0x0D, 0x0A, 0x1A, 0x0A};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kAlign = 16;  // sections, config record and directory start at multiples

// Header fields, offsets in bytes from the start of the file. All u32 but the magic.
constexpr uint32_t kHeaderSize = 64;
constexpr uint32_t kVersionAt = 8;
constexpr uint32_t kHeaderSizeAt = 12;
constexpr uint32_t kFileSizeAt = 16;
constexpr uint32_t kConfigOffsetAt = 20;
constexpr uint32_t kConfigSizeAt = 24;
constexpr uint32_t kDirectoryOffsetAt = 28;
constexpr uint32_t kDirectoryCountAt = 32;
constexpr uint32_t kConfigCrcAt = 36;
constexpr uint32_t kDirectoryCrcAt = 40;
constexpr uint32_t kReservedAt = 44;   // zero, up to the checksum
constexpr uint32_t kHeaderCrcAt = 60;  // of bytes 0..59

// Config record: twelve u32. The fields of fields(Config), the window, zeros.
constexpr uint32_t kConfigOffset = kHeaderSize;
constexpr uint32_t kConfigFields = 12;
constexpr uint32_t kConfigSize = 4 * kConfigFields;
constexpr uint32_t kDirectoryOffset = kConfigOffset + kConfigSize;

// Directory entry fields, offsets in bytes from the start of the entry.
constexpr uint32_t kEntrySize = 32;
constexpr uint32_t kKindAt = 0;       // u16
constexpr uint32_t kLayerAt = 2;      // u16
constexpr uint32_t kEncodingAt = 4;   // u8
constexpr uint32_t kFlagsAt = 5;      // u8
constexpr uint32_t kEntryZeroAt = 6;  // u16, reserved, zero
constexpr uint32_t kOffsetAt = 8;     // u32, from the start of the file
constexpr uint32_t kSizeAt = 12;      // u32, bytes without the padding that follows
constexpr uint32_t kRowsAt = 16;      // u32
constexpr uint32_t kColsAt = 20;      // u32
constexpr uint32_t kScaleAt = 24;     // f32
constexpr uint32_t kCrcAt = 28;       // u32, of the section's bytes

// Flag: the section begins with one f32 scale a row, zero-padded to a multiple of 16 bytes; codes follow.
constexpr uint8_t kRowScales = 1;

// The vocabulary (tokens/vocabulary.h), one behind the tensors; none: tokens are bytes. A reader that does
// not know it must refuse the file, whose text it would get wrong.
constexpr uint16_t kVocabularyKind = 64;

// Kinds from here on are optional: a reader that does not know one checks its bounds and checksum, and
// skips it. 128 metadata, 129 self-test, 130 signature, 131 classifier head are taken; 132 is the plan of the
// fixed engine (infer/fixed/plan.h).
constexpr uint16_t kFirstOptionalKind = 128;
constexpr uint16_t kFixedKind = 132;

// Version 2, where the configuration says what version 1 cannot. Magic, version and optional kinds are as
// above.
namespace compact {

constexpr uint32_t kVersion = 2;
constexpr uint32_t kAlign = 4;  // head, each part's first tensor, sections

// Head: fields, then config record, scales, encodings, directory, checksum.
constexpr uint32_t kFileSizeAt = 12;     // u32
constexpr uint32_t kHeadSizeAt = 16;     // u32, with its checksum: tensors start there
constexpr uint32_t kTensorsCrcAt = 20;   // u32, of all tensors
constexpr uint32_t kWindowAt = 24;       // u32
constexpr uint32_t kConfigCountAt = 28;  // u16, fields in the config record
constexpr uint32_t kEntriesAt = 30;      // u16, of the directory
constexpr uint32_t kConfigAt = 32;       // u16 each, zeros up to a multiple of 4

// What varies of a matrix: a scale (f32) in one list, an encoding (u8) in the next, by the canonical list.
// The encoding's upper bit: the tensor begins with one f32 scale a row.
constexpr uint8_t kRowScales = 0x80;

// Directory entry of a section behind the tensors: four u32.
constexpr uint32_t kEntrySize = 16;
constexpr uint32_t kKindAt = 0;
constexpr uint32_t kOffsetAt = 4;
constexpr uint32_t kSizeAt = 8;
constexpr uint32_t kCrcAt = 12;

}  // namespace compact

}  // namespace layout
}  // namespace atome
