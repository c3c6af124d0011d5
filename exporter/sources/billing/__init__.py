"""What a billing system showed of its contracts, seen by seen, and the rows of record tables that follow from it."""
