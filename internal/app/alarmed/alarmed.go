// Package alarmed remembers when alarms about cameras were given. A statement about
// missing footage names the first of its outage, which the process before may have given
// (practice P20): so it stands in a file of the data folder, which is there when the
// database is not.
package alarmed

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/durable"
)

// FileName is the name of the file in a data folder.
const FileName = "alarms.json"

// most is how many alarms of one camera are remembered, the newest.
const most = 32

// mostBytes is how large the file is at the most.
const mostBytes = 64 << 20

// Memory remembers. Without Start it does so for as long as it lives.
type Memory struct {
	File string // where; next to it a file with .new is written
	Log  *slog.Logger
	// Earlier, if set, is closed once the process is gone that writes the file until then:
	// it has one writer at a time.
	Earlier <-chan struct{}

	mu    sync.Mutex         // guards all below; never held over I/O
	given map[string][]int64 // by camera, µs since 1970 UTC, rising
	fresh bool               // something was noted that is not written

	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}
}

// Since takes out of the parameters of an alarm since when it stands, a time.Time under "since",
// where a process before this one has given it already. Else that is now.
func Since(params map[string]any, now clock.Clock) time.Time {
	since, before := params["since"].(time.Time)
	delete(params, "since")
	if !before {
		return now.Now()
	}
	return since.UTC()
}

// Start reads what is remembered and begins to write. A file that cannot be read loses
// what it held, which is logged: alarms go on.
func (m *Memory) Start(ctx context.Context) error {
	if m.Log == nil {
		m.Log = slog.New(slog.DiscardHandler)
	}
	m.recall()
	m.wake, m.done = make(chan struct{}, 1), make(chan struct{})
	ctx, m.cancel = context.WithCancel(ctx)
	go m.run(ctx, m.wake)
	m.poke() // what came before the start
	return nil
}

// Close writes what is not written yet and waits.
func (m *Memory) Close() {
	m.cancel()
	<-m.done
}

// Note remembers that an alarm about a camera was given at an instant. It never blocks.
func (m *Memory) Note(camera string, at int64) {
	m.merge(map[string][]int64{camera: {at}})
	m.mu.Lock()
	m.fresh = true
	m.mu.Unlock()
	m.poke()
}

// First is when the first alarm about a camera was given in [from, to], 0 for none.
func (m *Memory) First(camera string, from, to int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.given[camera], func(at int64) bool { return at >= from && at <= to })
	if i < 0 {
		return 0
	}
	return m.given[camera][i]
}

func (m *Memory) poke() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// merge takes more in.
func (m *Memory) merge(more map[string][]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.given == nil {
		m.given = map[string][]int64{}
	}
	for camera, list := range more {
		all := slices.Concat(m.given[camera], list)
		slices.Sort(all)
		all = slices.Compact(all)
		m.given[camera] = all[max(len(all)-most, 0):]
	}
}

// recall takes in what the file holds.
func (m *Memory) recall() {
	before, err := m.read()
	if err != nil {
		m.Log.Warn("when alarms were given before the start cannot be read", "file", m.File, "err", err)
	}
	m.merge(before)
}

func (m *Memory) run(ctx context.Context, wake <-chan struct{}) {
	defer close(m.done)
	if m.Earlier != nil {
		select {
		case <-m.Earlier:
			m.recall()
		case <-ctx.Done():
			return
		}
	}
	failed := false
	for last := false; !last; {
		select {
		case <-ctx.Done():
			last = true
		case <-wake:
		}
		err := m.write()
		if err != nil && !failed {
			m.Log.Error("when alarms were given could not be written; statements after a restart may name none", "file", m.File, "err", err)
		}
		failed = err != nil
	}
}

func (m *Memory) read() (given map[string][]int64, err error) {
	b, err := durable.ReadRegular(m.File, mostBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return given, json.Unmarshal(b, &given)
}

// write brings the file up to date.
func (m *Memory) write() (err error) {
	m.mu.Lock()
	fresh := m.fresh
	m.fresh = false
	m.mu.Unlock()
	if !fresh {
		return nil
	}
	defer func() {
		if err != nil {
			m.mu.Lock()
			m.fresh = true
			m.mu.Unlock()
		}
	}()
	m.mu.Lock()
	b, err := json.Marshal(m.given)
	m.mu.Unlock()
	if err != nil {
		return err
	}
	return durable.Replace(m.File, b, 0o600)
}
