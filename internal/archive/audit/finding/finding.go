// Package finding names what a verification found that does not agree.
package finding

import (
	"fmt"
	"strings"
)

// Kind says what is wrong.
type Kind string

// Kinds of findings.
const (
	TreeDamaged    Kind = "tree_damaged"    // a tile or checkpoint is not what the entries make
	RootDiffers    Kind = "root_differs"    // the entries are not those that were signed
	MemoryDamaged  Kind = "memory_damaged"  // the guard, or what a recording disk remembers of the log, is not what was signed
	LogBehind      Kind = "log_behind"      // somebody remembers more entries than there are
	LogUnknown     Kind = "log_unknown"     // somebody remembers a log that is not here
	LogForeign     Kind = "log_foreign"     // a log lies here that none of those here continues from
	EntryMalformed Kind = "entry_malformed" // an entry is none of those there are
	EntryTwice     Kind = "entry_twice"     // a line of a journal, or an act, is in the log again
	SummaryDiffers Kind = "summary_differs" // the entries of a day are not those that its summary counts
	MembersMissing Kind = "members_missing" // what a seal ties together is not beside the log, or is something else

	LineDiffers      Kind = "line_differs"      // a line of a journal is not the one that the log tells of
	LineStrange      Kind = "line_strange"      // no recorder can have written a line of a journal
	RemovalUnfounded Kind = "removal_unfounded" // a tombstone, or a line on its way, tells of a removal that no rule and no order allowed
	RemovalUnproven  Kind = "removal_unproven"  // what allowed a removal cannot be shown: the log tells of acts that are not on record
	RecordUntrue     Kind = "record_untrue"     // a rule, an order, a hold, a freeze, a window, hours, a statement, a person, a position, rights, a proof, a damage, a fault, a camera or a kept day that no act made, or that is otherwise than the acts say; a block of their index, too
	CoverageUntrue   Kind = "coverage_untrue"   // the account calls a time recorded of which there is no footage, or gives a gap otherwise than the journals

	SegmentUnsealed Kind = "segment_unsealed" // it was open for minutes, and no seal names it
	SegmentInserted Kind = "segment_inserted" // the log heard of it at another time than it is of, or its run was not at work then
	SegmentCopied   Kind = "segment_copied"   // it is the same, byte by byte, as another one
	SegmentShort    Kind = "segment_short"    // parts that had been sealed were gone when a crash was mended
	SegmentAltered  Kind = "segment_altered"  // parts that had been sealed were others when a crash was mended
	SealDiffers     Kind = "seal_differs"     // a segment does not begin with what was sealed of it
	SealUnclosed    Kind = "seal_unclosed"    // a segment was sealed while it was written, and never closed or removed

	FileMissing Kind = "file_missing" // a segment has no file and no tombstone
	FileAltered Kind = "file_altered" // a file is not the one that the log tells of
	FileKept    Kind = "file_kept"    // a segment has a tombstone and its file is still there
	FileUnknown Kind = "file_unknown" // a file has the name of a segment and no entry
	FileForeign Kind = "file_foreign" // a file does not belong where it lies
	FileStray   Kind = "file_stray"   // a remark: a file lies there that is no footage, journal or log
	FileFailed  Kind = "file_failed"  // a file could not be read

	RowMissing        Kind = "row_missing"        // a segment of the log has no row
	RowUnknown        Kind = "row_unknown"        // a row has no entry
	RowDiffers        Kind = "row_differs"        // a row says something else than its entry
	RowUnread         Kind = "row_unread"         // a row does not know what its segment is short of: its journal was lost
	RowKept           Kind = "row_kept"           // a segment has a tombstone and still a row
	TombstoneDiffers  Kind = "tombstone_differs"  // the row of a removal says something else than its entry
	TombstoneUnlogged Kind = "tombstone_unlogged" // the row of a removal has no entry
	TombstoneMissing  Kind = "tombstone_missing"  // a removal that the journals tell of has no row
	TombstoneUnknown  Kind = "tombstone_unknown"  // a tombstone tells of a segment that the log does not know, or otherwise

	ActMissing  Kind = "act_missing"  // an act of the log has no row
	ActUnlogged Kind = "act_unlogged" // a row has no entry
	ActLate     Kind = "act_late"     // an act came into the log long after its instant, and was not on record in between
	ActAltered  Kind = "act_altered"  // a row is not the one that was committed to
	ActUnsalted Kind = "act_unsalted" // a row cannot be compared: its salt is gone
	// ActMisplaced is of a row that does not say where its act stands in the log.
	ActMisplaced Kind = "act_misplaced"
	HoldDiffers  Kind = "hold_differs" // the entry of a hold does not agree with its act
)

// Finding is something that does not agree.
type Finding struct {
	Kind   Kind   `json:"kind"`
	Leaf   int64  `json:"leaf"`             // index of the entry; -1 where there is none
	Log    int    `json:"log,omitempty"`    // number of the log that the entry is in; 0 for the one that grows
	Volume string `json:"volume,omitempty"` // of the file; empty for the first
	File   string `json:"file,omitempty"`   // path below its volume, or the log's folder
	Row    string `json:"row,omitempty"`    // table and key of the row
	Detail string `json:"detail,omitempty"` // words
}

// String names everything in one line.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(string(f.Kind))
	if f.Leaf >= 0 {
		fmt.Fprintf(&b, "  entry %d", f.Leaf)
	}
	if f.Log > 0 {
		fmt.Fprintf(&b, "  log %d", f.Log)
	}
	if f.Volume != "" {
		fmt.Fprintf(&b, "  volume %s", f.Volume)
	}
	if f.File != "" {
		fmt.Fprintf(&b, "  file %q", f.File)
	}
	if f.Row != "" {
		fmt.Fprintf(&b, "  row %s", f.Row)
	}
	if f.Detail != "" {
		b.WriteString("  " + f.Detail)
	}
	return b.String()
}
