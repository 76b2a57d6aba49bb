package camera

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/camera"
	"watchroom/internal/disclosure"
	"watchroom/internal/source/reach"
)

const (
	resolveLimit  = 2 * time.Second // for all names together
	resolveAtOnce = 16
)

// hiddenFor is why a test gives no picture to those who may not watch live.
func hiddenFor(actor access.Actor, code, detail string) *Reason {
	return &Reason{
		Code:   code,
		Params: map[string]any{"positions": access.Holders(actor, access.LiveView)},
		Detail: detail + " The picture is for those who may watch live, such as operators and technicians.",
	}
}

// device is what an address leads to, as far as addresses tell: every path and port of it
// counts as the same, for recorders and encoders have many channels, and a port is easily
// led on to another.
type device struct {
	name  string       // host as it is written, lower case
	addrs []netip.Addr // in their plainest form; nil until resolved
}

// deviceOf takes an address apart; false for what is none.
func deviceOf(raw string) (device, bool) {
	name, _, ok := hostPort(raw)
	if !ok {
		return device{}, false
	}
	d := device{name: name}
	if a, err := netip.ParseAddr(name); err == nil {
		d.addrs = []netip.Addr{plainest(a)}
	}
	return d, true
}

// plainest makes one address of the many ways to write it. All of loopback is this
// machine.
func plainest(a netip.Addr) netip.Addr {
	a = reach.Plain(a)
	if a.IsLoopback() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return a
}

func (d *device) same(o *device) bool {
	return d.name == o.name || slices.ContainsFunc(d.addrs, func(a netip.Addr) bool { return slices.Contains(o.addrs, a) })
}

// registered is what the register knows of a device.
type registered struct {
	cameras []string // whose streams come from it, the one with the same path first
	unclear bool     // a name could not be resolved, so there may be more
}

// judge says which camera a test is about, if any, and why its picture is not for
// actor: nobody sees by a test what they may not watch live. asked is the camera that
// the test was asked for, whose kept password it may have used.
func (r *registered) judge(actor access.Actor, asked string) (subject string, hidden *Reason) {
	about := r.cameras
	if asked != "" && !slices.Contains(about, asked) {
		about = append(slices.Clone(about), asked)
	}
	if len(about) > 0 {
		subject = about[0]
	}
	if slices.Contains(r.cameras, asked) {
		subject = asked
	}
	may := func(id string) bool { return disclosure.Watches(actor, id, false) == nil }
	switch {
	case slices.ContainsFunc(about, func(id string) bool { return !may(id) }):
		return subject, hiddenFor(actor, "picture_of_registered_camera", "This test is for a registered camera or reaches a registered device, so it gives figures only.")
	case r.unclear && !may(""):
		return subject, hiddenFor(actor, "picture_address_unclear", "The name of this device or of a registered one cannot be resolved now, so whether it is registered is not known and the test gives figures only.")
	}
	return subject, nil
}

// registeredAt finds the cameras of the register whose device an address leads to.
func (x *Routes) registeredAt(ctx context.Context, raw string) (registered, error) {
	all, err := x.Registry.List(ctx)
	if err != nil {
		return registered{}, err
	}
	target, ok := deviceOf(raw)
	if !ok {
		return registered{unclear: true}, nil
	}
	var out registered
	known := make([][]device, len(all))
	devices := []*device{&target}
	for i := range all {
		c := &all[i]
		if c.RetiredAt != nil {
			continue
		}
		for _, address := range addressesOf(c) {
			if d, ok := deviceOf(address); ok {
				known[i] = append(known[i], d)
			}
		}
		for j := range known[i] {
			devices = append(devices, &known[i][j])
		}
	}
	out.unclear = !x.resolve(ctx, devices)
	for i := range all {
		if !slices.ContainsFunc(known[i], func(d device) bool { return d.same(&target) }) {
			continue
		}
		if slices.ContainsFunc(addressesOf(&all[i]), func(address string) bool { return pathOf(address) == pathOf(raw) }) {
			out.cameras = slices.Insert(out.cameras, 0, all[i].ID)
		} else {
			out.cameras = append(out.cameras, all[i].ID)
		}
	}
	return out, nil
}

func addressesOf(c *camera.Camera) []string {
	if c.Sub == nil {
		return []string{c.Main.URL}
	}
	return []string{c.Main.URL, c.Sub.URL}
}

// resolve finds the addresses of all names, each once and in bounded time, and tells
// whether it found them all.
func (x *Routes) resolve(ctx context.Context, devices []*device) bool {
	ctx, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	byName := map[string][]*device{}
	for _, d := range devices {
		if d.addrs == nil {
			byName[d.name] = append(byName[d.name], d)
		}
	}
	var (
		mu      sync.Mutex // guards missing
		missing bool
		running sync.WaitGroup
	)
	slots := make(chan struct{}, resolveAtOnce)
	for name, of := range byName {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			found, err := x.Resolve(ctx, "ip", name)
			if err != nil || len(found) == 0 {
				mu.Lock()
				missing = true
				mu.Unlock()
				return
			}
			for i := range found {
				found[i] = plainest(found[i])
			}
			for _, d := range of {
				d.addrs = found
			}
		})
	}
	running.Wait()
	return !missing
}
