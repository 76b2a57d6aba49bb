package recording

// SetFault makes every step of the work on files ask f first: an error fails it, a
// delay delays it. It must be called before the volume starts. Steps are create,
// write, sync, close, journal and adopt.
func (v *Volume) SetFault(f func(step, path string) error) { v.try = f }

// Joined is joined.
const Joined = joined
