package app

import (
	"cmp"
	"context"
	"time"

	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/passed"
	"watchroom/internal/app/timekeeping"
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
		Unread:    func(u seal.Unread) { room.journals.Unread(room.put, diskName(volumes, u.Volume), u) },
		Aside:     func(u seal.Unread) { room.journals.Aside(room.put, diskName(volumes, u.Volume), u) },
		Witnesses: witnesses, Unheard: cfg.SignUnwitnessed, OnWitness: room.time.Watch.Witnessed, Mended: &room.mended, Unproved: room.time.Watch.Unproved,
	}
	return c, c.Start(ctx)
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
	ahead, more := passed.Gained(chronicle.Folder(folder.Path))
	return &timekeeping.Keeper{
		Clock: a.Clock, Log: a.Log, Root: first.Root, Away: first.Hangs, Alarm: room.raise, Stepped: fleet.ClockStepped,
		Before: passed.Until(chronicle.Folder(folder.Path), witnesses), File: folder.Join(timekeeping.LeapFile),
		Logged: [2]time.Duration{ahead, more},
		Watch: &reference.Watch{
			Clock: a.Clock, Servers: c.TimeServers(), Limits: room.limits, StepHold: c.Time.StepHold, TrustUnknown: c.Time.TrustUnknown,
		},
	}
}
