package app

import (
	"cmp"
	"context"
	"slices"

	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/timekeeping"
	"watchroom/internal/archive"
	"watchroom/internal/archive/seal"
	"watchroom/internal/capture"
	"watchroom/internal/clock/reference"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/recording"
)

// startChronicle begins to bring what is recorded into the transparency log.
func (a *App) startChronicle(ctx context.Context, folder *folder.Folder, fleet *capture.Fleet, volumes *recording.Volumes, room *watch, witnesses []witness.Witness) (*chronicle.Chronicle, error) {
	cfg := a.Config.Ledger
	c := &chronicle.Chronicle{
		Dir: chronicle.Folder(folder.Path), Node: cmp.Or(cfg.Node, chronicle.NodeName()), Guard: cfg.Guard,
		Roots: func() []seal.Root { return sealed(volumes) }, Open: func() []seal.Open { return openSegments(fleet) },
		Fleet: fleet, Clock: a.Clock, Log: a.Log, Earlier: a.heir.earlier(),
		Alarm:     func(key, code, detail string, params map[string]any) { room.raise(key, code, detail, "", params) },
		Unread:    func(u seal.Unread) { room.unread(volumes, u) },
		Aside:     func(u seal.Unread) { room.aside(volumes, u) },
		Witnesses: witnesses, Unheard: cfg.SignUnwitnessed, OnWitness: room.time.Watch.Witnessed, Mended: &room.mended,
	}
	return c, c.Start(ctx)
}

// unread is told that a journal cannot be read, or can again. Of a camera's on one disk the
// newest stands in the alarm, so that a disk that goes does not fill the page.
func (w *watch) unread(volumes *recording.Volumes, u seal.Unread) {
	w.journal(volumes, "journal ", u, "journal_unread", "A camera's recording journal of a day cannot be read. What it tells of does not come into the account and the transparency log; recording and all others go on.")
}

// aside is told that a journal that could not be read was set aside, or lies there no more.
func (w *watch) aside(volumes *recording.Volumes, u seal.Unread) {
	w.journal(volumes, "aside journal ", u, "journal_aside", "A camera's recording journal of a day could not be read and was set aside; another was begun in its place. What it told of since is in no account and no log; recording goes on.")
}

// strange is told of a line that no recorder can have written. It stands until the next
// start: somebody wrote it, and no look at the journal makes that undone.
func (w *watch) strange(volumes *recording.Volumes, s archive.Strange) {
	key := "strange journal " + s.Volume + " " + s.Camera
	w.mu.Lock()
	if w.strangers == nil {
		w.strangers = map[string]int{}
	}
	w.strangers[key]++
	n := w.strangers[key]
	w.mu.Unlock()
	w.put(key, "journal_strange", "A camera's recording journal holds a line that no recorder can have written: somebody has put it there. Unless it only dates a cause back, it is taken into no account.", s.Camera,
		map[string]any{"volume": diskName(volumes, s.Volume), "why": string(s.Why), "count": n})
}

// diskName is what people know a recording disk by.
func diskName(volumes *recording.Volumes, name string) string {
	for _, v := range volumes.List {
		if v.Name == name {
			return cmp.Or(v.Name, v.Root)
		}
	}
	return name
}

func (w *watch) journal(volumes *recording.Volumes, keys string, u seal.Unread, code, detail string) {
	key := keys + u.Volume + " " + u.Camera
	w.mu.Lock()
	if w.journals == nil {
		w.journals = map[string][]string{}
	}
	days := slices.DeleteFunc(w.journals[key], func(day string) bool { return day == u.Day })
	if u.Why != "" {
		days = append(days, u.Day)
	}
	slices.Sort(days)
	w.journals[key] = days
	w.mu.Unlock()
	if len(days) == 0 {
		w.put(key, "", "", "", nil)
		return
	}
	w.put(key, code, detail, u.Camera,
		map[string]any{"volume": diskName(volumes, u.Volume), "day": days[len(days)-1], "count": len(days)})
}

// openSegments are those that are being written.
func openSegments(fleet *capture.Fleet) []seal.Open {
	var out []seal.Open
	for _, id := range fleet.Cameras() {
		if s := fleet.OpenSegment(id); s != nil {
			out = append(out, seal.Open{File: s.Name.Path(), Start: s.Start})
		}
	}
	return out
}

// sealed are the recording disks whose journals go into the log. One that hangs would
// hold up the others.
func sealed(volumes *recording.Volumes) []seal.Root {
	var out []seal.Root
	for _, v := range volumes.List {
		if !v.Hangs() {
			out = append(out, seal.Root{Volume: v.Name, Path: v.Root})
		}
	}
	return out
}

// timeOf watches the clock of this machine.
func (a *App) timeOf(folder *folder.Folder, fleet *capture.Fleet, volumes *recording.Volumes, room *watch, witnesses []witness.Witness) *timekeeping.Keeper {
	first, c := volumes.List[0], a.Config
	return &timekeeping.Keeper{
		Clock: a.Clock, Log: a.Log, Root: first.Root, Away: first.Hangs, Alarm: room.raise, Stepped: fleet.ClockStepped,
		Before: chronicle.Passed(chronicle.Folder(folder.Path), witnesses), File: folder.Join(timekeeping.LeapFile),
		Watch: &reference.Watch{
			Clock: a.Clock, Servers: c.TimeServers(), Limits: room.limits, StepHold: c.Time.StepHold, TrustUnknown: c.Time.TrustUnknown,
		},
	}
}
