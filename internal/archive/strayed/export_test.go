package strayed

// Moving has a keeper call f when a file whose row stands was moved.
func (k *Keeper) Moving(f func()) { k.moving = f }
