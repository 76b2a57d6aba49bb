package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/internal/app/reckoning"
	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/tier"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/recording"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestATierThatTakesNothingIsAFault (P25): whether it is away, full or answers with errors. One
// that was not asked yet is as it was.
func TestATierThatTakesNothingIsAFault(t *testing.T) {
	clause.Covers(t, "C090")
	for _, c := range []struct {
		state tier.State
		lasts time.Duration
		err   error
		want  string
	}{
		{tier.OK, time.Hour, nil, ""},
		{tier.Away, 0, errors.New("no route"), "tier_away cloud map[error:no route tier:cloud];"},
		{tier.Full, time.Hour - 1, nil, "tier_full cloud unknown;"},
		{tier.Full, time.Hour, nil, "tier_full cloud map[tier:cloud];"},
		{tier.Failing, 0, errors.New("refused"), "tier_failing cloud map[error:refused tier:cloud];"},
		{"", time.Hour, nil, "tier_away cloud unknown;tier_failing cloud unknown;tier_full cloud unknown;"},
	} {
		got := ""
		for _, f := range unwell("cloud", c.state, c.lasts, c.err) {
			if f.Unknown {
				got += fmt.Sprintf("%s %s unknown;", f.Kind, f.Subject)
			} else {
				got += fmt.Sprintf("%s %s %v;", f.Kind, f.Subject, f.Detail)
			}
		}
		if got != c.want {
			t.Errorf("%q: %s", c.state, got)
		}
	}
}

// TestDamagedFootageIsAFault: one a camera, with the first of its files.
func TestDamagedFootageIsAFault(t *testing.T) {
	if found := broken(nil); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	found := broken([]damage.Damage{
		{Camera: "a", File: "a1", Kind: damage.Altered, FoundBy: damage.Check}, {Camera: "a", File: "a2", Kind: damage.Missing}, {Camera: "b", File: "b1", Kind: damage.Missing},
	})
	if len(found) != 2 || found[0].Kind != fault.FootageDamaged || found[0].Subject != "a" || found[0].Detail["files"] != 2 || found[0].Detail["file"] != "a1" ||
		found[0].Detail["what"] != "altered" || found[0].Detail["by"] != "check" || found[1].Subject != "b" || found[1].Detail["files"] != 1 {
		t.Errorf("%+v", found)
	}
}

// asked tells of every look at a tier, as it begins.
type asked struct {
	tier.Store
	looks chan struct{}
}

func (a asked) Check(ctx context.Context) (tier.Room, error) {
	select {
	case a.looks <- struct{}{}:
	case <-ctx.Done():
	}
	return a.Store.Check(ctx)
}

// TestATierOnTheFileSystemOfARecordingDisk: it shares its room, which counts once.
func TestATierOnTheFileSystemOfARecordingDisk(t *testing.T) {
	clause.Covers(t, "C090")
	leak.Check(t)
	dir := t.TempDir()
	at := asked{tier.Folder(filepath.Join(dir, "vault")), make(chan struct{})}
	f := &flow{volumes: &recording.Volumes{List: []*recording.Volume{{Root: filepath.Join(dir, "main")}}}, catalogue: &archive.Catalogue{},
		tiers: []*tier.Tier{{Name: "vault", Store: at, MinFree: 1 << 20}}}
	for _, name := range []string{"main", "vault"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.volumes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer f.volumes.Close()
	d := dbtest.Open(t, db.SQLite)
	m := &tier.Mover{Places: &tier.Places{DB: d, Tiers: f.tiers}, Catalogue: f.catalogue, Every: time.Millisecond}
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for range 2 { // when the second look begins, what the first has seen is known
		<-at.looks
	}
	places := &reckoning.Places{Config: &config.Config{Archive: config.Archive{Tiers: make([]config.Tier, 1)}}, Disks: f.volumes, Tiers: f.tiers, Used: f.catalogue.Usage, Records: d}
	volumes := places.Volumes()
	if len(volumes) != 2 || volumes[1].Total == 0 || volumes[1].Device == "" || volumes[1].Device != volumes[0].Device {
		t.Errorf("%+v", volumes)
	}
	if on := capacity.Shared(volumes); len(on) != 1 || !slices.Equal(on[volumes[0].Device], []string{"main", "vault"}) {
		t.Errorf("on one file system: %v", on)
	}
}
