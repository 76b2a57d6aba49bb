package purpose

import "slices"

// Atop tells whether whoever looks for p is asked at least what o asks of them, and sees
// nothing older: nothing can be looked at for p that could not be looked at for o.
func (p Purpose) Atop(o Purpose) bool {
	asks := (p.NeedsReason && (!p.ReasonAfter || o.ReasonAfter) || !o.NeedsReason) && (p.NeedsRequest || !o.NeedsRequest) && (p.NeedsSecond || !o.NeedsSecond)
	return asks && (o.Back == 0 || p.Back != 0 && p.Back <= o.Back)
}

// covered tells whether another purpose that people choose allows already what p does: p may
// then come into use by one person's word.
func covered(all []Purpose, p Purpose) bool {
	return slices.ContainsFunc(all, func(o Purpose) bool {
		return o.Code != p.Code && o.RetiredAt == nil && !o.BySystem && p.Atop(o)
	})
}
