import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
