// Command keep makes the data folder that a release leaves to the upgrade tests
// (R27): `make release-data`. It runs the built program with two tiny simulated
// cameras for some seconds, does what people do, breaks a camera, stops, and packs
// the folder with the number of rows of every table beside it.
package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"watchroom/internal/db"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// mostBytes is what a kept folder may take.
const mostBytes = 1 << 20

func main() {
	binary := flag.String("binary", "bin/watchroom", "the program of the release")
	to := flag.String("to", "test/upgrade/testdata", "folder of the kept data")
	flag.Parse()
	program.Main("keep", func(ctx context.Context) error { return keep(ctx, *binary, *to) })
}

func keep(ctx context.Context, binary, to string) (err error) {
	version, _, _ := strings.Cut(station.Version(binary), "+")
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return fmt.Errorf("%s tells no version", binary)
	}
	work, err := os.MkdirTemp("", "watchroom-keep-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	data := filepath.Join(work, "data")
	if err := live(ctx, binary, data); err != nil {
		return err
	}
	// What belongs to the run and not to the data.
	for _, name := range []string{"lock", "bench.yaml"} {
		if err := os.Remove(filepath.Join(data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	counts, err := count(ctx, data)
	if err != nil {
		return err
	}
	to = filepath.Join(to, "v"+parts[0]+"."+parts[1])
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	size, err := pack(data, filepath.Join(to, "data.tar.gz"))
	if err != nil {
		return err
	}
	if size > mostBytes {
		return fmt.Errorf("the packed folder takes %d bytes, %d are allowed", size, mostBytes)
	}
	b, err := json.MarshalIndent(map[string]any{"version": version, "rows": counts}, "", "  ")
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n%s\n", to, size, b)
	return os.WriteFile(filepath.Join(to, "kept.json"), append(b, '\n'), 0o644)
}

// live is the short life of the installation.
func live(ctx context.Context, binary, data string) (err error) {
	sim, err := station.StartSim(ctx, binary, station.SimOptions{Cameras: 2, Tiny: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.Stop()) }()
	s, err := station.StartServer(ctx, binary, station.ServerOptions{Data: data, Settings: "recording:\n  segment_length: 10s\n"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if err := s.Operator(ctx, "guard"); err != nil {
		return err
	}
	guard, err := s.SignIn(ctx, "guard")
	if err != nil {
		return err
	}
	var ids []string
	for i, c := range sim.Cameras {
		id, err := s.AddCamera(ctx, station.NewCamera{Name: fmt.Sprintf("%d 门口 %s", i+1, c.Name), Main: station.NewStream{URL: c.Main, Transport: "tcp"}})
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	begun := time.Now().UTC()
	if err := s.Recording(ctx, len(ids)); err != nil {
		return err
	}
	if err := program.Wait(ctx, 12*time.Second); err != nil {
		return err
	}
	if err := sim.Fault(ctx, 1, "cut", 0, 0); err != nil { // a gap by the network
		return err
	}
	if err := s.SwitchOff(ctx, ids[1]); err != nil { // and one by a person
		return err
	}
	if err := program.Wait(ctx, 3*time.Second); err != nil {
		return err
	}
	if err := s.Call(ctx, s.Admin(), http.MethodPost, "/api/v1/cameras/"+ids[1]+"/switch", map[string]any{"enabled": true, "reason": "Works are over"}, nil); err != nil {
		return err
	}
	if err := s.Recording(ctx, len(ids)); err != nil {
		return err
	}
	if err := errors.Join(acts(ctx, s, guard, ids, begun), keeping(ctx, s, ids[0], begun)); err != nil {
		return err
	}
	return program.Wait(ctx, 5*time.Second)
}

// acts does one of everything that people leave behind.
func acts(ctx context.Context, s *station.Server, guard *http.Client, ids []string, begun time.Time) error {
	var viewing struct {
		ID string `json:"id"`
	}
	now := time.Now().UTC()
	post := func(c *http.Client, path string, body, into any) error {
		return s.Call(ctx, c, http.MethodPost, "/api/v1"+path, body, into)
	}
	at := begun.Add(6 * time.Second)
	var bookmark struct {
		ID string `json:"id"`
	}
	return errors.Join(
		post(guard, "/viewings", map[string]any{"cameras": ids, "from": begun, "to": now, "purpose": "incident", "reason": "核对 Kept for upgrade tests"}, &viewing),
		post(guard, "/snapshots", map[string]any{"camera": ids[0], "viewing": viewing.ID, "at": at, "note": "Kept"}, nil),
		post(guard, "/bookmarks", map[string]any{"camera": ids[0], "at": at, "title": "书签 A bookmark"}, nil),
		post(guard, "/bookmarks", map[string]any{"camera": ids[1], "at": at, "end": at.Add(time.Second), "title": "Taken back"}, &bookmark),
		post(guard, "/bookmarks/"+bookmark.ID+"/retract", map[string]any{"reason": "A mistake"}, nil),
		post(guard, "/layouts", map[string]any{"name": "Both", "size": 4, "cells": []any{ids[0], ids[1], nil, nil}, "shared": false}, nil),
		post(s.Admin(), "/tokens", map[string]any{"name": "figures", "actions": []string{"system.read"}}, nil),
	)
}

// keeping is what people decide about footage: a rule, a hold and an order that
// waits.
func keeping(ctx context.Context, s *station.Server, camera string, begun time.Time) error {
	if err := errors.Join(s.Person(ctx, "duty", "duty_lead"), s.Person(ctx, "chief", "supervisor")); err != nil {
		return err
	}
	duty, err := s.SignIn(ctx, "duty")
	if err != nil {
		return err
	}
	chief, err := s.SignIn(ctx, "chief")
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	post := func(c *http.Client, path string, body any) error {
		return s.Call(ctx, c, http.MethodPost, "/api/v1"+path, body, nil)
	}
	return errors.Join(
		post(chief, "/retention/rules", map[string]any{"camera": camera, "class": "main", "reason": "反恐重点目标",
			"rule": map[string]any{"minimumDays": 180, "minimumBasis": "anti_terror"}}),
		post(duty, "/holds", map[string]any{"kind": "case", "owner": "保卫处 李明", "reason": "电动车失窃", "cameras": []string{camera},
			"from": begun, "to": now, "reviewAt": now.AddDate(0, 0, 30)}),
		post(duty, "/deletions", map[string]any{"ground": "erasure", "reason": "本人申请", "document": "7", "cameras": []string{camera}, "from": begun, "to": now.Add(-time.Second)}),
	)
}

// count gives the rows of every table.
func count(ctx context.Context, data string) (counts map[string]int64, err error) {
	d, err := db.Open(ctx, db.Options{Path: filepath.Join(data, "watchroom.db")})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	var tables []string
	err = d.Read().NewSelect().Table("sqlite_master").Column("name").Where("type = 'table'").Where("name NOT LIKE 'sqlite%'").OrderExpr("name").Scan(ctx, &tables)
	if err != nil {
		return nil, err
	}
	counts = map[string]int64{}
	for _, table := range tables {
		if counts[table], err = d.Read().NewSelect().Table(table).Count(ctx); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// pack writes a folder into one file and gives its size.
func pack(folder, to string) (int64, error) {
	f, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	zip, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return 0, errors.Join(err, f.Close())
	}
	w := tar.NewWriter(zip)
	err = errors.Join(w.AddFS(os.DirFS(folder)), w.Close(), zip.Close(), f.Close())
	if err != nil {
		return 0, err
	}
	st, err := os.Stat(to)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}
