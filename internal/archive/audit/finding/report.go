package finding

import "watchroom/evidence/leaf"

// Report is the outcome.
type Report struct {
	Size     int64 // entries of the log that were checked
	Root     leaf.Hash
	Entries  leaf.Counts
	Files    int64 // that were found
	Read     int64 // of them, by this run and those that it went on with
	Bytes    int64 // in them
	Kept     int64 // of Read, by runs that were interrupted
	Since    int64 // when the first of Read was read at the earliest, µs since 1970 UTC
	Presence bool  // no file was read: it was only looked whether they are there
	Rows     int64 // of segments
	Acts     int64 // rows
	Earlier  int64 // of them in an earlier log
	Before   int64 // entries of earlier logs that were checked
	Pending  int64 // what is too young to be in the log
	Missing  int64 // of it, files that are not there
	Untold   int64 // cameras whose account could not be compared: journals of it are not here
	Remarks  int64 // files that are no footage, and lie beside it
	Findings int64
}

// Waits counts what is on its way into log or catalogue.
func (r *Report) Waits(pending []Finding) {
	r.Pending, r.Missing = int64(len(pending)), 0
	for _, f := range pending {
		if f.Kind == FileMissing {
			r.Missing++
		}
	}
}

// Phase is a stage of the work.
type Phase string

// Progress says how far it is. Total is 0 where that is not known.
type Progress struct {
	Phase       Phase
	Done, Total int64
	Bytes       int64 // of footage that was read, in all
}
