"""Files that hold what AWS answered or recorded elsewhere: authorization details, and items of AWS Config."""
