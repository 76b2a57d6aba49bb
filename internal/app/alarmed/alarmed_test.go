package alarmed_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"watchroom/internal/app/alarmed"
	"watchroom/internal/testkit/leak"
)

func begin(t *testing.T, file string, log *bytes.Buffer, earlier <-chan struct{}) *alarmed.Memory {
	t.Helper()
	m := &alarmed.Memory{File: file, Log: slog.New(slog.NewTextHandler(log, nil)), Earlier: earlier}
	m.Note("gate", 50) // before the file was read
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTheFirstAlarmOutlivesTheProcess: whoever asks after a restart is told of the alarm
// that the process before gave.
func TestTheFirstAlarmOutlivesTheProcess(t *testing.T) {
	leak.Check(t)
	file := filepath.Join(t.TempDir(), alarmed.FileName)
	var log bytes.Buffer
	first := func(m *alarmed.Memory, camera string, from, to, want int64) {
		t.Helper()
		if got := m.First(camera, from, to); got != want {
			t.Errorf("the first alarm about %s in [%d, %d] was given at %d, want %d", camera, from, to, got, want)
		}
	}
	m := begin(t, file, &log, nil)
	m.Note("gate", 1000)
	m.Note("gate", 2000)
	m.Note("yard", 1500)
	first(m, "gate", 900, 5000, 1000)
	m.Close()

	m = begin(t, file, &log, nil)
	gone := make(chan struct{})
	next := begin(t, file, &log, gone) // a successor
	next.Note("gate", 4000)
	m.Note("gate", 3000)
	m.Close()
	close(gone)
	for next.First("gate", 2001, 3999) == 0 { // it takes in what the other wrote last
		runtime.Gosched()
	}
	next.Close()
	m = begin(t, file, &log, nil)
	first(m, "gate", 0, 5000, 50)
	first(m, "gate", 900, 5000, 1000)
	first(m, "gate", 1001, 5000, 2000)
	first(m, "gate", 2001, 5000, 3000)
	first(m, "gate", 3001, 5000, 4000)
	first(m, "gate", 4001, 5000, 0)
	first(m, "yard", 0, 1499, 0)
	first(m, "yard", 0, 1500, 1500)
	first(m, "roof", 0, 5000, 0)
	for i := range int64(100) { // the newest 32
		m.Note("gate", 10_000+i)
	}
	m.Close()
	m = begin(t, file, &log, nil)
	first(m, "gate", 9000, 20_000, 10_068)
	first(m, "yard", 0, 5000, 1500)
	m.Close()
	if log.Len() > 0 {
		t.Error(log.String())
	}

	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	m = begin(t, file, &log, nil)
	m.Note("gate", 7)
	first(m, "gate", 0, 10, 7)
	m.Close()
	m = begin(t, file, &log, nil)
	first(m, "gate", 0, 10, 7)
	m.Close()
	m = begin(t, filepath.Join(filepath.Dir(file), "gone", alarmed.FileName), &log, nil)
	m.Note("gate", 8)
	first(m, "gate", 8, 10, 8)
	m.Close()
	if got := log.String(); strings.Count(got, "cannot be read") != 1 || strings.Count(got, "could not be written") != 1 {
		t.Error(got)
	}
}
