package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"watchroom/evidence/tlog"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/folder"
	"watchroom/internal/archive/seal"
	"watchroom/internal/capture"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/recording"
)

// startChronicle begins to bring what is recorded into the transparency log.
func (a *App) startChronicle(ctx context.Context, folder *folder.Folder, fleet *capture.Fleet, volumes *recording.Volumes, room *watch) (*chronicle.Chronicle, error) {
	cfg := a.Config.Ledger
	c := &chronicle.Chronicle{
		Dir: chronicle.Folder(folder.Path), Node: cmp.Or(cfg.Node, chronicle.NodeName()), Guard: cfg.Guard,
		Roots: func() []seal.Root { return sealed(volumes) }, Open: func() []seal.Open { return openSegments(fleet) },
		Fleet: fleet, Clock: a.Clock, Log: a.Log, Earlier: a.heir.earlier(),
		Alarm: func(key, code, detail string, params map[string]any) { room.raise(key, code, detail, "", params) },
	}
	for _, text := range cfg.Witnesses {
		w, err := witnessOf(text)
		if err != nil {
			return nil, fmt.Errorf("ledger.witnesses: %w", err)
		}
		c.Witnesses = append(c.Witnesses, w)
	}
	return c, c.Start(ctx)
}

// witnessOf reads a witness of the configuration: its address and its verifier key.
func witnessOf(text string) (w witness.Witness, err error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return w, fmt.Errorf("%q: an address, a space and a verifier key are wanted", text)
	}
	w.URL = fields[0]
	if w.Key, err = tlog.ParseKey(fields[1]); err != nil {
		return w, fmt.Errorf("%q: %w", text, err)
	}
	w.Name = w.Key.Name()
	return w, nil
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
