// Package audit checks that log, footage, catalogue and acts say the same: the tree and
// what is signed of it, every entry, every file byte by byte, every row both ways. What
// does not agree is a finding that names the entry, the file or the row. The work goes
// through a file on the disk, so that it takes little memory however long the log is. Which
// files an interrupted run has read package readings remembers; all else is done anew.
package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/causes"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/folders"
	"watchroom/internal/archive/audit/insertion"
	"watchroom/internal/archive/audit/instants"
	"watchroom/internal/archive/audit/parts"
	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/audit/shelves"
	"watchroom/internal/archive/seal"
	"watchroom/internal/archive/strayed"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock"
	"watchroom/internal/db"
)

// Log is the transparency log.
type Log interface {
	// Entries reads the entries from, up to and not including, to.
	Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]
	// Size is the number of entries.
	Size() int64
	// Head is the newest signed checkpoint: how many entries it is over and their root.
	// Its signature has been verified.
	Head(ctx context.Context) (size int64, root leaf.Hash, err error)
}

// Finding is something that does not agree.
type Finding = finding.Finding

// Footage is the file of a segment, wherever it lies.
type Footage = folders.Footage

// Folders finds segments in recording folders.
type Folders = folders.Files

// Files finds the files of segments. volume is the id of the volume or tier that the
// log says the segment lies on. The error for one that is not there is fs.ErrNotExist.
type Files interface {
	Open(ctx context.Context, volume, file string) (Footage, error)
}

// Audit is one verification.
type Audit struct {
	Log    Log
	Origin string // of the log
	// Tree, if set, checks what the log keeps besides its entries: tiles, checkpoints,
	// cosignatures.
	Tree func(ctx context.Context, found func(Finding)) error
	// Other, if set, judges entries that are of no kind of package leaf.
	Other func(index int64, entry []byte) error
	// Earlier are the logs that this one continues from, the oldest first. What they tell
	// of has to be there as well.
	Earlier []Source
	// Gone are the origins of logs that are not here any more, as one of these says itself.
	Gone []string
	// Heads are checkpoints of any of these logs that others remember.
	Heads   []Head
	Ledger  string      // folder with the members of seals
	Volumes []seal.Root // folders that are searched for files which no entry tells of
	Files   Files       // nil: Volumes
	// Known tells of files in a recording folder, by their path below it, that are not
	// footage and belong there; may be nil.
	Known func(path string) bool
	// Open gives the segments that are being written, by their closed names; may be nil.
	Open func() []seal.Open
	DB   *db.DB // nil: rows are not checked
	// Facts compare rows of floors above with their acts.
	Facts []rows.Differ
	// Ended proves entries of the node's earlier logs; nil: there are none.
	Ended warrant.Log

	SkipFiles bool          // files are looked for, and not read
	Rate      int64         // bytes of footage to read in a second; 0: as fast as it goes
	Grace     time.Duration // how long the log may be behind files and rows; 0 means 5 min
	// Stopped is the last instant at which the log was brought on, where no process does so
	// at present; µs since 1970 UTC, else 0. What came after it waits for the next start.
	Stopped int64
	// State is the path of the file that outlasts an interruption; see package readings.
	// Beside it lies what a run notes for itself.
	State   string
	Key     []byte // that authenticates State; without one nothing is gone on with
	Program string // version of the program
	Fresh   bool   // what an interrupted run has read is read again
	// Stamp is what the file system says of an open file; nil: readings.Of.
	Stamp func(file any) readings.Stamp
	Clock clock.Clock

	Anew     func(why string) // is told why an interrupted run is not gone on with; may be nil
	Waits    func(Finding)    // is called for what is too young to be in the log; may be nil
	Found    func(Finding)    // is called for every finding; may be nil
	Remark   func(Finding)    // is called for what is no finding and somebody may want to know; may be nil
	Progress func(Progress)   // is called now and then; may be nil

	st     *state
	strays strayed.Finder   // where files lie that are missing in their place
	had    *readings.Memory // what interrupted runs have read
	began  int64            // µs since 1970 UTC
	pace   parts.Pace
	seals  seal.Members
	missed map[string]bool // files that a line of a journal called lost, and stand as that
	// shelves are the journals that entries came from.
	shelves shelves.Shelves
	// last is per journal the offset of the line that an entry told of last.
	told string // what entry and line of the segment at hand tell, for its row
	last map[journalKey]int64
	src  *Source // that is read at present
	// order is what it shows of when it heard of segments.
	order insertion.Order
	// causes is what it shows of when causes were told.
	causes causes.Order
	// instants is what it shows of when acts came into it.
	instants instants.Order
	// lost are acts of the logs that are not on record.
	lost []Finding
}

// Source is one of the logs of a node.
type Source struct {
	Number int // in findings; 0 for the one that grows
	Origin string
	Log    Log
	Tree   func(ctx context.Context, found func(Finding)) error
	Other  func(index int64, entry []byte) error
}

// Head is a checkpoint that somebody remembers.
type Head struct {
	Who    string // for findings
	Origin string // of the log
	Size   int64
	Root   leaf.Hash
	Rooted bool // Root is known, not Size alone
}

// journalKey names a journal.
type journalKey struct{ volume, camera, day string }

// Progress says how far it is.
type Progress = finding.Progress

// Report is the outcome.
type Report = finding.Report

// Phase is a stage of the work.
type Phase = finding.Phase

// Phases, in their order.
const (
	PhaseEarlier Phase = "earlier" // with the number of the log behind
	PhaseTree    Phase = "tree"
	PhaseEntries Phase = "entries"
	// PhaseJournals asks of every segment whether its run was at work there.
	PhaseJournals Phase = "journals"
	PhaseFiles    Phase = "files"
	PhaseFolders  Phase = "folders"
	PhaseRows     Phase = "rows"
	PhaseActs     Phase = "acts"
	// PhaseRemovals asks of every tombstone who allowed it.
	PhaseRemovals Phase = "removals"
	PhaseCoverage Phase = "coverage"
	PhaseRecent   Phase = "recent"
)

type phase struct {
	name Phase
	run  func(ctx context.Context) error
	skip bool
}

// workExt is behind the name of the state file: what a run notes for itself.
const workExt = ".work"

// Run does all of it, but for files that an interrupted run has read and that were not
// touched since. When it returns without error the state file is gone; one that is not to
// read files leaves what others have read.
func (a *Audit) Run(ctx context.Context) (r Report, err error) {
	if a.Grace <= 0 {
		a.Grace = 5 * time.Minute
	}
	if a.Files == nil {
		a.Files = Folders(a.Volumes)
	}
	a.pace, a.seals, a.last = parts.Pace{Rate: a.Rate}, seal.Members{Dir: a.Ledger}, map[journalKey]int64{}
	if err := a.recall(ctx); err != nil {
		return r, fmt.Errorf("state of the verification: %w", err)
	}
	defer func() { err = errors.Join(err, a.had.Close()) }()
	if a.st, err = openState(ctx, a.State+workExt); err != nil {
		return r, fmt.Errorf("state of the verification: %w", err)
	}
	defer func() { err = errors.Join(err, a.st.close()) }()
	a.shelves = shelves.Shelves{Roots: a.Volumes}
	defer a.shelves.Close()
	if err := a.begin(ctx); err != nil {
		return r, err
	}
	phases := a.earlier()
	for _, p := range append(phases, []phase{
		{PhaseTree, a.tree, a.Tree == nil}, {PhaseEntries, a.entries, false}, {PhaseJournals, a.runs, false}, {PhaseFiles, a.files, false}, {PhaseFolders, a.folders, false},
		{PhaseRows, a.rows, a.DB == nil}, {PhaseActs, a.acts, a.DB == nil}, {PhaseRemovals, a.removals, a.DB == nil}, {PhaseCoverage, a.coverage, a.DB == nil}, {PhaseRecent, a.recent, false},
	}...) {
		if p.skip {
			continue
		}
		if err := p.run(ctx); err != nil {
			return a.st.Report, fmt.Errorf("verify %s: %w", p.name, err)
		}
		a.st.Pos, a.st.Next, a.st.Tree = "", 0, leaf.Frozen{}
	}
	r = a.st.Report
	if left, err := a.had.Any(ctx); err != nil || a.SkipFiles && left {
		return r, err
	}
	return r, a.had.Remove()
}

// recall opens what interrupted runs have read.
func (a *Audit) recall(ctx context.Context) (err error) {
	if a.Stamp == nil {
		a.Stamp = func(file any) readings.Stamp { return readings.Of(file, time.Now()) }
	}
	var why string
	a.had, why, err = readings.Open(ctx, a.State, readings.Series{Origin: a.Origin, Program: a.Program}, a.Key, a.Clock.Micro(), a.Fresh)
	if err == nil && why != "" && a.Anew != nil {
		a.Anew(why)
	}
	return err
}

// begin fixes what is checked.
func (a *Audit) begin(ctx context.Context) error {
	size, root, err := a.Log.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	a.st.Size, a.st.Root, a.st.Heads = size, root, a.Heads
	a.began = a.Clock.Micro()
	a.st.Report = Report{Size: size, Root: root, Presence: a.SkipFiles}
	if !a.SkipFiles {
		a.st.Report.Since = a.began
	}
	return nil
}

func (a *Audit) tree(ctx context.Context) error {
	var all []Finding
	if err := a.Tree(ctx, func(f Finding) { all = append(all, f) }); err != nil {
		return err
	}
	return a.step(ctx, func(tx) ([]Finding, error) { return all, nil })
}

// step does a step of the work and keeps what it found; after an error none of it counts.
func (a *Audit) step(ctx context.Context, f func(tx) ([]Finding, error)) error {
	var found []Finding
	err := a.st.commit(ctx, func(t tx) (err error) {
		if found, err = f(t); err != nil {
			return err
		}
		fresh := found[:0:0]
		for _, one := range found {
			isNew, err := t.finding(one)
			if err != nil {
				return err
			}
			if isNew {
				fresh = append(fresh, one)
			}
		}
		found = fresh
		a.st.Report.Findings += int64(len(found))
		return nil
	})
	if err == nil && a.Found != nil {
		for _, one := range found {
			a.Found(one)
		}
	}
	return err
}

// tell notes a finding and tells it at once, unless it was told before.
func (a *Audit) tell(t tx, one Finding) error {
	fresh, err := t.finding(one)
	if err != nil || !fresh {
		return err
	}
	a.st.Report.Findings++
	if a.Found != nil {
		a.Found(one)
	}
	return nil
}

func (a *Audit) progress(p Phase, done, total int64) {
	if a.Progress != nil {
		a.Progress(Progress{Phase: p, Done: done, Total: total, Bytes: a.st.Report.Bytes})
	}
}

// young tells whether something of an instant may not be in the log yet. What says that
// it is of the future would be that for ever.
func (a *Audit) young(at int64) bool {
	return at > a.edge() && at <= a.Clock.Micro()+time.Minute.Microseconds()
}

// edge is the instant behind which something may not be in the log yet, µs since 1970 UTC.
func (a *Audit) edge() int64 {
	now := a.Clock.Micro()
	if a.Stopped > 0 {
		now = min(now, a.Stopped)
	}
	return now - a.Grace.Microseconds()
}
