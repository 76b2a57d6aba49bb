package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/fault/visitor"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// hang: one of two recording disks does not answer at all, then the folder of an archive tier.
// No picture is lost, everything that people ask for is answered, what is wrong is said, and
// all is well again when the disk answers.
func (b *bench) hang(ctx context.Context) error {
	var disks []*machine.Fuse
	for _, name := range []string{"hung-disk", "hung-vault"} {
		d, err := machine.NewFuse(ctx, b.folder, name)
		if d != nil {
			defer b.putAway(d)
		}
		if errors.Is(err, machine.ErrNoFuse) {
			b.Say("SKIPPED, nothing was tried: %v", err)
			return nil
		}
		if err != nil {
			return err
		}
		disks = append(disks, d)
	}
	disk, vault := disks[0], disks[1]
	o := newOutcome("mount does not answer")
	o.mostMissing = 0
	o.mustSay = []string{"volume_failing", "tier_away"}
	so := station.ServerOptions{Settings: settings + "  stop_space: 64MiB\n  volumes: [{name: second, folder: " + disk.Mount + "}]\n" +
		"archive:\n  tiers: [{name: vault, folder: " + vault.Mount + ", move_after: 24h, min_free: 1GiB}]\n"}
	return b.suffer(ctx, "hang", so, o, func(i *installation) error {
		i.roots = []string{filepath.Join(i.options.Data, "recordings"), disk.Source, vault.Source}
		// Who signs in again and again ends sessions of their own: somebody does nothing else.
		if err := errors.Join(i.Person(ctx, "lead", "supervisor"), i.Operator(ctx, "guard")); err != nil {
			return err
		}
		lead, err := i.SignIn(ctx, "lead")
		if err != nil {
			return err
		}
		for range b.often(1, 3) {
			for _, x := range []struct {
				what, code string
				at         *machine.Fuse
			}{{"recording disk", "volume_failing", disk}, {"archive tier", "tier_away", vault}} {
				if err := program.Wait(ctx, b.between(10*time.Second, 20*time.Second)); err != nil {
					return err
				}
				if err := i.stands(ctx, o, lead, x.what, x.code, x.at); err != nil {
					return fmt.Errorf("%s: %w", x.what, err)
				}
			}
		}
		return nil
	})
}

// stands lets a disk stand still until that has been said, and for a while longer, and asks
// for everything meanwhile.
func (i *installation) stands(ctx context.Context, o *outcome, lead *http.Client, what, code string, disk *machine.Fuse) (err error) {
	before, began := i.heard(o, code), time.Now()
	if err := disk.Hang(true); err != nil {
		return err
	}
	said, slowest, asked := time.Duration(0), time.Duration(0), 0
	for err == nil && (said == 0 || time.Since(began) < i.bench.long(45*time.Second, 3*time.Minute)) {
		var took time.Duration
		if took, err = visitor.Everything(ctx, i.Server, lead, "guard", i.ids); err != nil {
			break
		}
		slowest, asked = max(slowest, took), asked+1
		if i.listen(o); said == 0 && i.raised[code] > before {
			said = time.Since(began)
		}
		if said == 0 && time.Since(began) > 4*time.Minute {
			err = fmt.Errorf("nothing was said of %s; said was %v", code, o.said)
			break
		}
		err = program.Wait(ctx, time.Second)
	}
	over := time.Now()
	if err = errors.Join(err, disk.Hang(false)); err != nil {
		return err
	}
	o.happened(event{at: began, over: over}, 1)
	if err := i.recording(ctx); err != nil {
		return err
	}
	if err := i.healed(ctx, o.mustSay); err != nil {
		return err
	}
	i.bench.Say("%s: said after %.1f s; everything was asked for %d times in %.0f s, the slowest answer came after %.2f s; all over %.1f s after it answered",
		what, said.Seconds(), asked, over.Sub(began).Seconds(), slowest.Seconds(), time.Since(over).Seconds())
	return nil
}
